"""Kokoro's checkpoint: accepted formats, error messages, and no execution of its content."""

from __future__ import annotations

import json
import pickle
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kokoro_checkpoint import SMALL_CONFIG, write_checkpoint
from optional import skip_without

skip_without("kokoro")

import torch

from voxweft.engines.kokoro.acoustic.checkpoint import PARTS, Checkpoint, find_weights, load_checkpoint
from voxweft.engines.kokoro.acoustic.config import read_config
from voxweft.engines.kokoro.common.errors import KokoroError

States = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return write_checkpoint(tmp_path_factory.mktemp("kokoro"))


@pytest.fixture(scope="module")
def shapes(whole: Path) -> States:
    """Tensors with the right names and shapes whose file is small."""
    states = torch.load(whole / "kokoro-v1_0.pth", weights_only=True, mmap=True)
    return {
        part: {key: torch.ones(1).expand(value.shape) for key, value in state.items()} for part, state in states.items()
    }


def folder_of(path: Path, states: object, config: object = SMALL_CONFIG, name: str = "kokoro-v1_0.pth") -> Path:
    path.mkdir(exist_ok=True)
    (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    torch.save(states, path / name)
    return path


def load(folder: Path) -> Checkpoint:
    return load_checkpoint(folder, lambda _message, _fraction: None)


def copy_of(states: States) -> States:
    return {part: dict(state) for part, state in states.items()}


def test_weights_are_folded_and_the_random_state_is_unchanged(whole: Path) -> None:
    from kokoro import KModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weights = str(whole / "kokoro-v1_0.pth")
        reference = KModel(repo_id="hexgrad/Kokoro-82M", config=str(whole / "config.json"), model=weights)
    before = torch.random.get_rng_state()
    progress: list[tuple[str, float | None]] = []
    found = load_checkpoint(whole, lambda message, fraction: progress.append((message, fraction)))
    assert torch.equal(before, torch.random.get_rng_state())
    assert progress[-1][1] == 1.0
    for part in PARTS:
        module, twin = getattr(found, part), getattr(reference, part)
        state = module.state_dict()
        assert not any(key.endswith(("weight_g", "weight_v")) for key in state)
        for key, value in twin.state_dict().items():
            if key.endswith(("weight_g", "weight_v")) or key.startswith("pooler."):
                continue
            assert torch.equal(state[key], value), key
    conv, twin = found.decoder.generator.conv_post, reference.decoder.generator.conv_post
    assert torch.equal(conv.weight, torch._weight_norm(twin.weight_v, twin.weight_g, 0))


def test_the_prefix_and_the_missing_norms_of_published_weights_are_accepted(tmp_path: Path, shapes: States) -> None:
    published: States = {}
    for part, state in shapes.items():
        kept = {key: value for key, value in state.items() if ".norm." not in key and not key.startswith("pooler.")}
        published[part] = {f"module.{key}": value for key, value in kept.items()}
    published["bert"]["module.embeddings.position_ids"] = torch.arange(512).unsqueeze(0)
    norm = load(folder_of(tmp_path / "published", published)).decoder.encode.norm1.norm
    assert torch.equal(norm.weight, torch.ones(514))
    assert torch.equal(norm.bias, torch.zeros(514))


def test_half_precision_weights_are_converted_to_float32(tmp_path: Path, shapes: States) -> None:
    half = {part: {key: value.half() for key, value in state.items()} for part, state in shapes.items()}
    found = load(folder_of(tmp_path / "half", half))
    assert all(value.dtype == torch.float32 for value in found.decoder.state_dict().values())


def change_part(name: str) -> Callable[[States], object]:
    return lambda states: {("vocoder" if part == name else part): state for part, state in states.items()}


def change_key(part: str, key: str, value: object) -> Callable[[States], object]:
    def change(states: States) -> object:
        if value is None:
            del states[part][key]
        else:
            states[part][key] = value
        return states

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (change_part("decoder"), "holds another model (found: bert, bert_encoder, predictor, text_encoder, vocoder"),
        (lambda states: states["bert"], "holds another model"),
        (lambda _states: torch.ones(3), "holds another model (found: Tensor"),
        (lambda states: {**states, "decoder": torch.ones(3)}, "part 'decoder': not a dictionary of tensors"),
        (change_key("bert_encoder", "bias", None), "part 'bert_encoder': not the weights of this configuration"),
        (change_key("bert_encoder", "scale", torch.ones(1)), "'scale' is new"),
        (change_key("bert_encoder", "bias", torch.ones(7)), "'bias' has the shape (7,); it must be (512,)"),
        (change_key("bert_encoder", "bias", torch.ones(512, dtype=torch.int64)), "'bias' holds torch.int64"),
        (
            change_key("bert_encoder", "bias", torch.full((512,), float("nan"))),
            "'bias' contains numbers that aren't finite",
        ),
        (change_key("bert_encoder", "bias", torch.ones(512).to_sparse()), "'bias' holds"),
        (change_key("bert_encoder", "bias", "none"), "not a dictionary of tensors"),
    ],
)
def test_weights_of_another_model_are_rejected_by_name(
    tmp_path: Path, shapes: States, change: Callable[[States], object], message: str
) -> None:
    folder = folder_of(tmp_path / "other", change(copy_of(shapes)))
    with pytest.raises(KokoroError) as error:
        load(folder)
    assert message in str(error.value)
    assert "kokoro-v1_0.pth" in str(error.value)


class Bomb:
    """Writes a file when it is unpickled without protection."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.mark,)


def write_bomb(path: Path, mark: Path) -> None:
    torch.save({"bert": Bomb(mark)}, path)


def write_plain_bomb(path: Path, mark: Path) -> None:
    path.write_bytes(pickle.dumps(Bomb(mark)))


@pytest.mark.parametrize("write", [write_bomb, write_plain_bomb])
def test_a_pickle_bomb_is_not_executed(tmp_path: Path, write: Callable[[Path, Path], None]) -> None:
    mark = tmp_path / "executed"
    write(folder_of(tmp_path / "bomb", {}) / "kokoro-v1_0.pth", mark)
    with pytest.raises(KokoroError, match="no code in it was run"):
        load(tmp_path / "bomb")
    assert not mark.exists()
    with pytest.raises(Exception):  # noqa: B017  the bomb works without protection
        torch.load(tmp_path / "bomb" / "kokoro-v1_0.pth", weights_only=False)["no such part"]
    assert mark.exists()


def truncate(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def web_page(path: Path) -> None:
    path.write_bytes(b"<!DOCTYPE html><html>Not found</html>")


def other_archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")


def pointer(path: Path) -> None:
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 327212226\n", encoding="utf-8")


@pytest.mark.parametrize("damage", [truncate, empty, web_page, other_archive, pointer])
def test_a_damaged_file_is_named(tmp_path: Path, shapes: States, damage: Callable[[Path], None]) -> None:
    folder = folder_of(tmp_path / "damaged", shapes)
    damage(folder / "kokoro-v1_0.pth")
    with pytest.raises(KokoroError, match=r"kokoro-v1_0\.pth' is damaged or not a weights file"):
        load(folder)


def test_a_file_over_the_maximum_size_is_rejected_before_it_is_read(tmp_path: Path, shapes: States) -> None:
    folder = folder_of(tmp_path / "large", shapes)
    with (folder / "kokoro-v1_0.pth").open("r+b") as file:
        file.truncate(4 << 30)  # sparse: it takes no disk space
    with pytest.raises(KokoroError, match="maximum 1024 MiB"):
        load(folder)


def test_weights_are_found_by_name_or_as_the_only_file(tmp_path: Path) -> None:
    with pytest.raises(KokoroError, match="no weights in"):
        find_weights(tmp_path)
    (tmp_path / "kokoro-v1_1-zh.pth").touch()
    assert find_weights(tmp_path).name == "kokoro-v1_1-zh.pth"
    (tmp_path / "other.pth").touch()
    with pytest.raises(KokoroError, match=r"several weights files.*kokoro-v1_1-zh\.pth, other\.pth"):
        find_weights(tmp_path)
    (tmp_path / "kokoro-v1_0.pth").touch()
    assert find_weights(tmp_path).name == "kokoro-v1_0.pth"


def with_values(**changes: object) -> dict[str, object]:
    return {**SMALL_CONFIG, **changes}


def with_part(name: str, **changes: object) -> dict[str, object]:
    return {**SMALL_CONFIG, name: {**SMALL_CONFIG[name], **changes}}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ([1, 2], "isn't Kokoro's configuration: Expected `object`"),
        ({}, "missing required field"),
        ({"model_type": "whisper", "d_model": 512}, "but that of another model (model_type: whisper)"),
        ({"architectures": ["LlamaForCausalLM"]}, "another model (architectures: ['LlamaForCausalLM'])"),
        ({key: value for key, value in SMALL_CONFIG.items() if key != "istftnet"}, "`istftnet`"),
        (with_values(hidden_dim=768), "hidden_dim must be 512"),
        (with_values(n_layer=0), "sizes must be between 1"),
        (with_values(n_token=3), "vocab must map single characters"),
        (with_values(vocab={"ab": 1}), "vocab must map single characters"),
        (with_values(vocab={"a": "1"}), "Expected `int`"),
        (with_values(text_encoder_kernel_size=4), "kernel sizes can't be even"),
        (with_part("plbert", hidden_size=65), "multiple of num_attention_heads"),
        (with_part("plbert", num_attention_heads=0), "sizes must be between 1"),
        (with_part("plbert", hidden_act="relu"), "unknown field `hidden_act`"),
        (with_part("plbert", max_position_embeddings=2), "max_position_embeddings must be greater than 2"),
        (with_part("istftnet", upsample_rates=[3, 5, 2]), "each of upsample_rates needs a kernel"),
        (with_part("istftnet", upsample_rates=[3, 5, 2, 4]), "a frame must have 600 samples"),
        (with_part("istftnet", resblock_dilation_sizes=[[1, 3], [1, 3]]), "needs three dilations"),
        (with_part("istftnet", no_such_setting=1), "unknown field `no_such_setting`"),
    ],
)
def test_an_invalid_configuration_is_rejected_with_its_reason(tmp_path: Path, config: object, message: str) -> None:
    folder = folder_of(tmp_path / "unusual", {part: {} for part in PARTS}, config)
    with pytest.raises(KokoroError) as error:
        load(folder)
    assert message in str(error.value)
    assert "unusual" in str(error.value)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_configuration_that_is_not_json_is_rejected_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(KokoroError, match=r"config\.json' isn't JSON"):
        read_config(tmp_path)


def test_a_missing_or_too_large_configuration_is_rejected_by_name(tmp_path: Path) -> None:
    with pytest.raises(KokoroError, match="no configuration at"):
        read_config(tmp_path)
    (tmp_path / "config.json").write_bytes(b" " * (2 << 20))
    with pytest.raises(KokoroError, match="maximum size"):
        read_config(tmp_path)


def test_weights_of_another_size_are_rejected(whole: Path, tmp_path: Path) -> None:
    config = with_values(n_layer=2)
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    shutil.copy(whole / "kokoro-v1_0.pth", tmp_path)
    with pytest.raises(KokoroError, match="part 'predictor': not the weights of this configuration"):
        load(tmp_path)
