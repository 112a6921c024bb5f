"""Which engine and which model work at once: by the models that are on the machine, the one asked for first."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from optional import skip_without

skip_without("faster_whisper")

from fixtures_whisper import TINY

from voxweft.jobs.transcribe import Recognizer
from voxweft.utils.settings import Settings
from voxweft.utils.streaming.contract.errors import UnknownEngineError
from voxweft.utils.streaming.loading.readiness import missing_requirement
from voxweft.utils.streaming.runtime import Runtime

FILES = ("config.json", "model.bin", "tokenizer.json")
Place = Callable[..., Path]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a function that puts the folder of a Whisper model, as a converter writes it, where models are found."""

    def put(model: str, vocabulary: str = "vocabulary.json") -> Path:
        folder = tmp_path / "models" / "stt" / "faster-whisper" / model
        folder.mkdir(parents=True)
        for name in (*FILES, vocabulary):
            (folder / name).write_bytes(b"{}")
        return folder

    return put


@contextmanager
def opened(tmp_path: Path, **paths: Path) -> Iterator[Runtime]:
    settings = Settings(
        cache_dir=tmp_path / "cache",
        models_home=tmp_path / "home",
        model_folders=(tmp_path / "models",),
        hub_cache=None,
        offline=True,
    )
    runtime = Runtime(settings, model_paths=paths)
    try:
        yield runtime
    finally:
        runtime.close()


def test_the_model_that_is_asked_for_decides(tmp_path: Path, place: Place) -> None:
    place("base")
    with opened(tmp_path) as runtime:
        chosen = Recognizer(model="base").resolved(runtime.registry)
        assert (chosen.engine, chosen.model) == ("faster_whisper", "base")
        with pytest.raises(UnknownEngineError, match="models pull faster_whisper -m large-v3`"):
            Recognizer(model="large").resolved(runtime.registry)
        with pytest.raises(
            UnknownEngineError, match="no engine for recognition has a model 'bass'; did you mean 'base'"
        ):
            Recognizer(model="bass").resolved(runtime.registry)


@pytest.mark.parametrize(
    ("here", "language", "chosen"),
    [
        (["base"], None, "base"),
        (["tiny", "large-v3", "medium.en"], None, "large-v3"),
        (["tiny", "base"], "de", "base"),
        (["base", "base.en"], "en-US", "base.en"),
        (["base", "base.en"], "de", "base"),
        (["tiny", "small.en"], None, "tiny"),
        (["tiny", "small.en"], "en", "small.en"),
        (["base.en"], "en", "base.en"),
    ],
)
def test_the_default_is_the_largest_model_on_the_machine(
    tmp_path: Path, place: Place, here: list[str], language: str | None, chosen: str
) -> None:
    for model in here:
        place(model)
    with opened(tmp_path) as runtime:
        assert Recognizer(language=language).resolved(runtime.registry).model == chosen


def test_without_a_model_the_default_one_is_to_be_downloaded(tmp_path: Path, place: Place) -> None:
    with opened(tmp_path) as runtime:
        assert Recognizer(engine="faster_whisper").resolved(runtime.registry).model == "small"
        with pytest.raises(UnknownEngineError, match="`voxweft models pull faster_whisper`"):
            Recognizer().resolved(runtime.registry)
    place("base.en")
    with opened(tmp_path) as runtime, pytest.raises(UnknownEngineError, match=r"'base\.en' is on this machine"):
        Recognizer().resolved(runtime.registry)


@pytest.mark.parametrize("vocabulary", ["vocabulary.json", "vocabulary.txt"])
def test_a_recognizer_is_ready_with_any_model(tmp_path: Path, place: Place, vocabulary: str) -> None:
    with opened(tmp_path) as runtime:
        spec = runtime.registry.get("faster_whisper")

        def is_ready(model: str = "") -> bool:
            return missing_requirement(spec, runtime.store, runtime.environments, model) is None

        assert (is_ready(), is_ready("base")) == (False, False)
        folder = place("base", vocabulary)
        assert (is_ready(), is_ready("base"), is_ready("small")) == (True, True, False)
        (stored,) = runtime.store.stored(runtime.registry)
        assert (stored.model, stored.origin, stored.complete) == ("base", "folder", True)
        (folder / vocabulary).unlink()
        assert not is_ready()


def test_a_worker_starts_with_the_model_that_is_there(tmp_path: Path) -> None:
    """As `voxweft doctor` asks for it, which downloads nothing."""
    folder = tmp_path / "models" / "stt" / "faster-whisper"
    folder.mkdir(parents=True)
    shutil.copytree(TINY, folder / "tiny")
    with opened(tmp_path) as runtime:
        assert runtime.run(runtime.voices("faster_whisper")) == ()


def test_a_named_folder_names_the_model(tmp_path: Path, place: Place) -> None:
    place("large-v3")
    mine = place("my-whisper")
    with opened(tmp_path, faster_whisper=mine) as runtime:
        for recognizer in (Recognizer(), Recognizer(model="base"), Recognizer(language="en", model="large")):
            assert recognizer.resolved(runtime.registry).model == "my-whisper"
        spec = runtime.registry.get("faster_whisper")
        assert runtime.store.find(spec, "my-whisper").folder == mine
    snapshot = mine.rename(tmp_path / "models--Someone--tiny-whisper-x") / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    with opened(tmp_path, faster_whisper=snapshot) as runtime:
        assert runtime.registry.get("faster_whisper").default_model == "tiny-whisper-x"
