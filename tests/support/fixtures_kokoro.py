"""Helpers for tests of the whole Kokoro engine: a checkpoint, a stand-in for spaCy's model, and a runtime."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kokoro_checkpoint import write_checkpoint
from spacy_standin import write_standin

from voxweft.utils.settings import Settings
from voxweft.utils.streaming import NamedVoice, ParamValue, StreamingSegment, TextPayload, Voice, Word
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

RATE_HZ = 24_000
WEIGHTS = "kokoro-v1_0.pth"
FRAMES_PER_SYMBOL = 1.2
"""Faster than real speech, to reduce computing time."""

SPOKEN = {
    "a": ("af_heart", "en-US", "The schedule, Dr. Smith, is 3.14 hours."),
    "b": ("bf_emma", "en-GB", "The schedule, Dr. Smith, is 3.14 hours."),
    "e": ("ef_dora", "es", "¿Dónde está la niña pequeña?"),
    "f": ("ff_siwis", "fr", "Ça va être génial, n’est-ce pas ?"),
    "h": ("hf_alpha", "hi", "नमस्ते दुनिया।"),
    "i": ("if_sara", "it", "Perché non vieni più spesso?"),
    "j": ("jf_alpha", "ja", "これはペンです。"),
    "p": ("pf_dora", "pt-BR", "Não há lições amanhã."),
    "z": ("zf_xiaobei", "zh", "今天天气很好，我们去公园。"),
}
"""A voice, the language tag and a sentence for each language."""

needs_japanese = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("fugashi", "jaconv", "mojimoji"))),
    reason="Japanese needs fugashi, jaconv and mojimoji",
)
LANGUAGES = [pytest.param(code, marks=needs_japanese if code == "j" else ()) for code in SPOKEN]


@contextmanager
def quiet() -> Iterator[None]:
    """Ignore the warnings of torch, spaCy and kokoro during their import."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def checkpoint(factory: pytest.TempPathFactory) -> Path:
    """Return a small model with a voice per language and two more, created once per session. Don't write to it."""
    folder = factory.getbasetemp() / "kokoro-checkpoint"
    if not folder.exists():
        partial = folder.with_suffix(".part")
        voices = (*(voice for voice, _, _ in SPOKEN.values()), "af_bella", "af_nova")
        with quiet():
            write_checkpoint(partial, voices=voices, frames_per_symbol=FRAMES_PER_SYMBOL)
        partial.rename(folder)
    return folder


def own_copy(folder: Path, target: Path) -> Path:
    """Copy a checkpoint. Its files may be replaced but not written to, because the weights are a hard link."""
    shutil.copytree(folder / "voices", target / "voices")
    shutil.copy(folder / "config.json", target)
    (target / WEIGHTS).hardlink_to(folder / WEIGHTS)
    return target


def other_weights(source: Path, target: Path) -> Path:
    """Write weights with longer durations to `target`, which appears when it is complete."""
    import torch

    states = torch.load(source, weights_only=True, mmap=True)
    part = states["predictor"]
    states["predictor"] = part | {"duration_proj.linear_layer.bias": part["duration_proj.linear_layer.bias"] + 0.5}
    partial = target.with_suffix(".part")
    torch.save(states, partial)
    return partial.replace(target)


def half_weights(source: Path, target: Path) -> Path:
    """Write the same weights in half precision."""
    import torch

    states = torch.load(source, weights_only=True, mmap=True)
    torch.save({part: {name: value.half() for name, value in state.items()} for part, state in states.items()}, target)
    return target


def english_model(factory: pytest.TempPathFactory) -> Path:
    """Return a folder for sys.path with a stand-in for spaCy's English model, created once per session."""
    folder = factory.getbasetemp() / "english-model"
    if not folder.exists():
        partial = folder.with_suffix(".part")
        partial.mkdir()
        write_standin(partial).rename(folder)
    return folder


_RECORDER = """
import importlib.metadata
import os
import sys

record = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
watched = {"subprocess.Popen", "os.system", "os.posix_spawn", "os.spawn", "os.exec", "os.fork", "os.forkpty"}
watched |= {"urllib.Request", "http.client.connect", "ftplib.connect", "smtplib.connect"}


def harmless(event, args):
    if event == "socket.bind":
        # urllib3, during its import, to detect IPv6.
        return args[-1] == ("::1", 0)
    if event in ("subprocess.Popen", "os.posix_spawn"):
        # ctypes.util.find_library, which dlinfo calls during its import.
        return os.path.basename(str(args[0])) in ("ldconfig", "gcc", "cc", "ld", "objdump")
    return event == "socket.__new__"


def hook(event, args):
    if (event in watched or event.startswith("socket.")) and not harmless(event, args):
        os.write(record, f"{os.getpid()} {event} {args!r}\\n".encode())


sys.addaudithook(hook)

if "HIDE_ENGLISH_MODEL" in os.environ:
    find = importlib.metadata.Distribution.from_name.__func__

    def from_name(cls, name):
        if name.replace("_", "-") == "en-core-web-sm":
            raise importlib.metadata.PackageNotFoundError(name)
        return find(cls, name)

    importlib.metadata.Distribution.from_name = classmethod(from_name)
"""


class Recorder:
    """A folder for sys.path that makes every Python record the processes and connections that it starts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "sitecustomize.py").write_text(_RECORDER)
        self._record = folder / "record"

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that these processes need."""
        return {"RECORD": str(self._record)}

    def tried(self, pid: int) -> list[str]:
        """Return the recorded attempts of a process."""
        lines = self._record.read_text().splitlines() if self._record.exists() else []
        return [line.partition(" ")[2] for line in lines if line.startswith(f"{pid} ")]


def environment(*paths: Path, **variables: str) -> dict[str, str]:
    """Return the environment of a test process: these folders on its path, one thread, no user settings."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("VOXWEFT_", "HF_", "HUGGINGFACE"))
    }
    path = os.pathsep.join([*map(str, paths), *filter(None, [os.environ.get("PYTHONPATH", "")])])
    # One thread per worker: on a small machine, more threads would only wait for each other.
    return kept | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"} | variables


@contextmanager
def surroundings(*paths: Path, **variables: str) -> Iterator[None]:
    """Set that environment for this process and its workers during the block, with the folders on sys.path."""
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(wanted := environment(*paths, **variables)):
            patch.delenv(name)
        for name, value in wanted.items():
            patch.setenv(name, value)
        patch.setattr(sys, "path", [*map(str, paths), *sys.path])
        importlib.invalidate_caches()
        yield


def open_runtime(
    folder: Path | None, home: Path, *, registry: EngineRegistry | None = None, **settings: object
) -> Runtime:
    """Return a runtime with all its files in `home`. Kokoro's model is in `folder`; None searches for it."""
    values: dict[str, object] = {"cache_dir": home / "cache", "models_home": home / "models", "level_lufs": None}
    return Runtime(
        Settings(**(values | settings)),  # type: ignore[arg-type]
        registry,
        model_paths=None if folder is None else {"kokoro": folder},
    )


def segment(
    text: str,
    voice: str | Voice | None = None,
    language: str | None = None,
    *,
    index: int = 0,
    speed: float = 1.0,
    seed: int | None = 0,
    **params: ParamValue,
) -> StreamingSegment:
    """Return a segment for Kokoro."""
    return StreamingSegment(
        index=index,
        payload=TextPayload(text),
        engine="kokoro",
        voice=NamedVoice(voice) if isinstance(voice, str) else voice,
        language=language,
        speed=speed,
        seed=seed,
        params=params,
    )


def assert_words_cover(text: str, words: list[Word]) -> None:
    """Assert that the words match their spans, have ascending positions and times, and cover all letters."""
    last_span, time_s = (0, 0), 0.0
    uncovered = {index for index, character in enumerate(text) if character.isalnum()}
    for word in words:
        assert word.source is not None
        span = word.source.start, word.source.end
        # The parts of a word that is longer than one pass share its characters.
        assert last_span[1] <= span[0] < span[1] or span == last_span, word
        assert text[word.source.start : word.source.end] == word.text
        assert time_s <= word.start_s <= word.end_s, word
        last_span, time_s = span, word.end_s
        uncovered -= set(range(*span))
    assert not uncovered, "".join(text[index] for index in sorted(uncovered))


def bomb(marker: Path) -> object:
    """Return an object that creates a folder when it is unpickled."""

    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(marker),)

    return Bomb()
