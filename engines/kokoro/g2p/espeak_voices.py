"""eSpeak NG's voices as G2Ps, loaded on first use."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ..common.errors import KokoroLanguageError
from .espeak import EspeakG2P
from .required_import import import_required
from .scripts import ESPEAK_VOICES
from .temporary import make_folder, remove_stale_folders

PACKAGES = '"misaki[en]"'


class EspeakVoices:
    """eSpeak NG's voices, each with its own copy of the library, whose global state depends on the languages used.

    phonemizer copies the library into a temporary folder for each voice, and removes the folder when Python exits
    regularly. A worker doesn't. On POSIX a folder is removed as soon as its copy is loaded, so that even a killed
    worker leaves none; on Windows `close` removes the folders not in use, and the next start removes the rest.
    """

    def __init__(self) -> None:
        self._folders: list[Path] = []
        self._g2ps: dict[str, EspeakG2P | None] = {}
        self.version = ""
        """eSpeak NG's version, once a voice is loaded."""
        self._finalizer = weakref.finalize(self, _clean_up, self._folders, self._g2ps)
        remove_stale_folders()

    def close(self) -> None:
        """Unload the libraries and remove their copies. Idempotent; no voice can be used afterwards."""
        self._finalizer()

    def english(self, *, british: bool) -> EspeakG2P:
        """Return the English G2P that misaki falls back to."""
        return self._get("en-gb" if british else "en-us", lambda: _load_english(british=british))

    def voice(self, name: str) -> EspeakG2P:
        """Return the G2P of a language by eSpeak NG's name for it. KokoroLanguageError if it has none."""
        return self._get(name, lambda: _load_voice(name))

    def foreign(self, script: str) -> EspeakG2P | None:
        """Return the G2P for foreign words of a script, None if there is none."""
        name = ESPEAK_VOICES.get(script)
        try:
            return self.voice(name) if name else None
        except KokoroLanguageError:
            self._g2ps[name or ""] = None
            return None

    def _get(self, name: str, make: Callable[[], Any]) -> EspeakG2P:
        if not self._finalizer.alive:
            raise KokoroLanguageError("eSpeak NG's voices are closed")
        if name not in self._g2ps:
            with self._loading():
                speak = make()
                if not self.version:
                    self.version = ".".join(map(str, speak.backend.version()))
            self._g2ps[name] = EspeakG2P(lambda text: _say(speak, text))
        g2p = self._g2ps[name]
        if g2p is None:
            raise KokoroLanguageError(f"eSpeak NG has no voice '{name}'")
        return g2p

    @contextmanager
    def _loading(self) -> Iterator[None]:
        wrapper = import_required("phonemizer.backend.espeak.wrapper", "Kokoro", PACKAGES)
        api = import_required("phonemizer.backend.espeak.api", "Kokoro", PACKAGES).EspeakAPI
        folder = make_folder()
        before, tempfile.tempdir = tempfile.tempdir, str(folder)
        # The finalizer that phonemizer registers while loading must accept that the folder is already removed.
        delete, api._delete = api._delete, staticmethod(_delete_if_present(api._delete))  # noqa: SLF001
        try:
            yield
        except RuntimeError as error:
            raise KokoroLanguageError(f"eSpeak NG can't be used: {error}") from error
        finally:
            tempfile.tempdir = before
            api._delete = staticmethod(delete)  # noqa: SLF001
            # The cache of this method keeps a reference to every library.
            wrapper.EspeakWrapper.available_voices.cache_clear()
            gc.collect()
            # phonemizer logs every word that it joins.
            logging.getLogger("phonemizer").setLevel(logging.ERROR)
            if os.name == "posix":
                shutil.rmtree(folder, ignore_errors=True)  # a loaded library needs no file
            else:
                self._folders.append(folder)


def _delete_if_present(delete: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
    def delete_if_present(library: Any, folder: str) -> None:
        if Path(folder).is_dir():
            delete(library, folder)

    return delete_if_present


def _load_english(*, british: bool) -> Any:
    espeak = import_required("misaki.espeak", "English", PACKAGES)
    speak = espeak.EspeakFallback(british=british)
    # misaki's own backend keeps marks such as "(hi)" around words of other languages, which would be spoken.
    speak.backend = _backend(speak.backend.language)
    return speak


def _load_voice(name: str) -> Any:
    espeak = import_required("misaki.espeak", "Kokoro", PACKAGES)
    speak = espeak.EspeakG2P(language=name)
    speak.backend = _backend(name)
    return speak


def _backend(name: str) -> Any:
    """Return misaki's backend without its handling of marks, which the G2P does: eSpeak NG needs those in numbers."""
    phonemizer = import_required("phonemizer.backend", "Kokoro", PACKAGES)
    return phonemizer.EspeakBackend(
        language=name,
        punctuation_marks="\0",
        preserve_punctuation=True,
        with_stress=True,
        tie="^",
        language_switch="remove-flags",
    )


def _say(speak: Any, text: str) -> str:
    # misaki's EspeakFallback takes a token, its EspeakG2P a string.
    phonemes, _ = speak(SimpleNamespace(text=text) if hasattr(speak, "british") else text)
    return phonemes or ""


def _clean_up(folders: list[Path], g2ps: dict[str, EspeakG2P | None]) -> None:
    g2ps.clear()
    gc.collect()
    # phonemizer removes each copy's own folder with its library; folders still in use are kept.
    for folder in folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    folders.clear()
