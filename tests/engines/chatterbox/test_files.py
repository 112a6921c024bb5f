"""The models in engine.toml, and their files."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from voxweft.engines.chatterbox import architecture
from voxweft.engines.chatterbox.architecture import read_architecture
from voxweft.utils.streaming.contract.engine_spec import read_spec

SPEC = read_spec(Path(architecture.__file__).parent)


@pytest.mark.parametrize("model", SPEC.models)
def test_a_model_names_the_files_that_it_reads(model: str) -> None:
    found = read_architecture(SPEC.facts(model).params)
    files = {file.path: file for file in SPEC.weights[model].files}
    assert {found.t3, found.decoder, found.tokenizer, "ve.safetensors", "conds.pt"} <= files.keys()
    assert all(files[name].needed for name in (found.t3, found.decoder, found.tokenizer, "ve.safetensors"))
    assert all(len(file.sha256) == 64 and file.n_bytes > 0 for file in files.values())
    assert found.turbo == (model in ("turbo", "nano"))
    assert bool(SPEC.facts(model).tags) == found.turbo


def test_a_file_of_two_models_is_one_file() -> None:
    sizes: dict[str, set[tuple[str, int]]] = {}
    for weights in SPEC.weights.values():
        for file in weights.files:
            sizes.setdefault(file.sha256, set()).add((file.path, file.n_bytes))
    assert all(len(names) == 1 for names in sizes.values())
    assert len(sizes) < sum(len(weights.files) for weights in SPEC.weights.values())
