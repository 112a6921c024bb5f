"""eSpeak NG's voices as readers, loaded when first needed."""

from __future__ import annotations

import gc
import logging
import os
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ..common.errors import LanguageError
from .espeak import EspeakReader
from .required_import import required
from .scripts import ESPEAK_VOICES

PACKAGES = '"misaki[en]"'
_LIBRARY_FOLDER_PREFIX = "voxweft-espeak-"


class EspeakVoices:
    """The voices of one copy of eSpeak NG each: the library is one state, which a change of language would disturb.

    phonemizer keeps each copy in a temporary folder until Python exits in the ordinary way, which a worker doesn't:
    `close` removes them, and where the system allows it the files are gone as soon as they are loaded.
    """

    def __init__(self) -> None:
        self._folders: list[Path] = []
        self._readers: dict[str, EspeakReader | None] = {}
        self.version = ""
        """eSpeak NG's own, once a voice is loaded."""
        self._finalizer = weakref.finalize(self, _clean_up, self._folders, self._readers)

    def close(self) -> None:
        """Let go of the libraries and remove their copies. Idempotent; nothing may be read afterwards."""
        self._finalizer()

    def english(self, *, british: bool) -> EspeakReader:
        """Return the reader of English that misaki falls back to."""
        return self._get("en-gb" if british else "en-us", lambda: _english(british=british))

    def voice(self, name: str) -> EspeakReader:
        """Return the reader of a language by eSpeak NG's name for it. LanguageError if it has none."""
        return self._get(name, lambda: _other(name))

    def foreign(self, script: str) -> EspeakReader | None:
        """Return who reads foreign words of a script, or None."""
        name = ESPEAK_VOICES.get(script)
        try:
            return self.voice(name) if name else None
        except LanguageError:
            self._readers[name or ""] = None
            return None

    def _get(self, name: str, make: Callable[[], Any]) -> EspeakReader:
        if not self._finalizer.alive:
            raise LanguageError("the voices of eSpeak NG are closed")
        if name not in self._readers:
            with self._loading():
                speak = make()
                if not self.version:
                    self.version = ".".join(map(str, speak.backend.version()))
            self._readers[name] = EspeakReader(lambda text: _say(speak, text))
        reader = self._readers[name]
        if reader is None:
            raise LanguageError(f"eSpeak NG has no voice '{name}'")
        return reader

    @contextmanager
    def _loading(self) -> Iterator[None]:
        wrapper = required("phonemizer.backend.espeak.wrapper", "Kokoro", PACKAGES)
        if not self._folders:
            self._folders.append(Path(tempfile.mkdtemp(prefix=_LIBRARY_FOLDER_PREFIX)))
        before, tempfile.tempdir = tempfile.tempdir, str(self._folders[0])
        try:
            yield
        except RuntimeError as error:
            raise LanguageError(f"eSpeak NG can't be used: {error}") from error
        finally:
            tempfile.tempdir = before
            # The cache of a method keeps every library that was ever asked for its voices.
            wrapper.EspeakWrapper.available_voices.cache_clear()
            gc.collect()
            # It tells of each word that it joins.
            logging.getLogger("phonemizer").setLevel(logging.ERROR)
            _unlink_copies(self._folders[0])


def _english(*, british: bool) -> Any:
    espeak = required("misaki.espeak", "English", PACKAGES)
    speak = espeak.EspeakFallback(british=british)
    # misaki's own keeps the marks "(hi)" around words of other languages, and would have their letters spoken.
    speak.backend = _backend(speak.backend.language)
    return speak


def _other(name: str) -> Any:
    espeak = required("misaki.espeak", "Kokoro", PACKAGES)
    speak = espeak.EspeakG2P(language=name)
    speak.backend = _backend(name)
    return speak


def _backend(name: str) -> Any:
    """Return misaki's backend but for the marks, which the reader handles: within numbers they belong to eSpeak NG."""
    phonemizer = required("phonemizer.backend", "Kokoro", PACKAGES)
    return phonemizer.EspeakBackend(
        language=name,
        punctuation_marks="\0",
        preserve_punctuation=True,
        with_stress=True,
        tie="^",
        language_switch="remove-flags",
    )


def _say(speak: Any, text: str) -> str:
    # EspeakFallback takes a token, EspeakG2P a string.
    phonemes, _ = speak(SimpleNamespace(text=text) if hasattr(speak, "british") else text)
    return phonemes or ""


def _unlink_copies(folder: Path) -> None:
    if os.name != "posix":  # Windows doesn't let go of a loaded library's file
        return
    for copy in folder.glob("*/*"):
        copy.unlink(missing_ok=True)


def _clean_up(folders: list[Path], readers: dict[str, EspeakReader | None]) -> None:
    readers.clear()
    gc.collect()
    # Each copy's own folder goes with its library; whatever is still in use stays.
    for folder in folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    folders.clear()
