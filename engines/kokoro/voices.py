"""Which voices there are, and the one that a segment asks for."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from ...utils.streaming import Blob, MixedVoice, NamedVoice, TensorVoice, Voice, VoiceInfo
from ...utils.streaming.contract.voice_syntax import VOICE_NAME, mix_shares
from ...utils.suggestions import did_you_mean
from .common.errors import KokoroVoiceError
from .official_voices import OFFICIAL, OPENAI, describe, language_letter
from .style_table import MAX_FILE_BYTES, SHAPE, read_style_table

# A voice has 0.5 MiB in memory; one that was dropped is read again in a few milliseconds.
_KEPT_FILES = 32
_KEPT_MIXES = 16
_KEPT_TENSORS = 16

_SUFFIX = ".pt"
_MAX_NAME_CHARACTERS = 200  # file systems end at about 255 bytes
_SHOWN_CHARACTERS = 60


class KokoroVoice(NamedTuple):
    """A voice, ready to use.

    `styles` is float32 `[510, 1, 256]` on the CPU; it is shared, so don't write to it. `code` is Kokoro's letter for the
    voice's own language, None where that isn't known.
    """

    styles: torch.Tensor
    code: str | None

    def style(self, n_symbols: int) -> torch.Tensor:
        """Return the style `[1, 256]` for a text of so many symbols; ValueError if that isn't 1 to 510."""
        if not 1 <= n_symbols <= SHAPE[0]:
            raise ValueError(f"a voice has styles for 1 to {SHAPE[0]} symbols, not for {n_symbols}")
        return self.styles[n_symbols - 1]


class _File(NamedTuple):
    """A voice's file as it is now: another size, time or inode is another content."""

    path: Path
    n_bytes: int
    mtime_ns: int
    inode: int


class _Content(NamedTuple):
    """What a voice's file holds."""

    styles: torch.Tensor
    digest: bytes


class KokoroVoices:
    """The voices in a folder of `NAME.pt` files, by name or mixed, and those that users bring as tensors.

    A name means the file of that name; failing that, OpenAI's names mean the official voices that speak in their
    place. A file that is replaced is read anew. `blob` fetches a user's tensor by its digest (KeyError if it can't).
    `default` is the voice for segments that name none. For one thread.
    """

    def __init__(self, folder: Path, blob: Callable[[str], Blob], default: str) -> None:
        self._folder = folder
        self._default = default
        self._read = functools.lru_cache(_KEPT_FILES)(_read_file)
        self._blend = functools.lru_cache(_KEPT_MIXES)(functools.partial(_blend, self._read))
        self._fetch = functools.lru_cache(_KEPT_TENSORS)(functools.partial(_fetch, blob))

    def voice(self, voice: Voice | None) -> KokoroVoice:
        """Return a voice's numbers and language. KokoroVoiceError says what is wrong with which name, file or part."""
        if voice is None:
            return self._named(self._default)
        if isinstance(voice, NamedVoice):
            return self._named(voice.name)
        if isinstance(voice, MixedVoice):
            return self._mixed(voice)
        if isinstance(voice, TensorVoice):
            return KokoroVoice(self._fetch(voice.digest), None)
        raise KokoroVoiceError(
            "Kokoro can't imitate a recording: name one of its voices, mix several, or give a voice tensor (.pt)"
        )

    def style(self, voice: Voice | KokoroVoice | None, n_symbols: int) -> torch.Tensor:
        """Return a voice's style `[1, 256]` for a text of `n_symbols`; errors as `voice` and `KokoroVoice.style`."""
        return (voice if isinstance(voice, KokoroVoice) else self.voice(voice)).style(n_symbols)

    def infos(self) -> list[VoiceInfo]:
        """Return the voices whose files are there: the official ones by language, then the user's own by name."""
        names = self._installed()
        own = sorted(names.difference(OFFICIAL))
        return [describe(name) for name in (*(name for name in OFFICIAL if name in names), *own)]

    def _named(self, name: str) -> KokoroVoice:
        found = self._resolve(name)
        return KokoroVoice(self._read(self._file(found)).styles, language_letter(found))

    def _mixed(self, voice: MixedVoice) -> KokoroVoice:
        try:
            shares = mix_shares(voice)
        except ValueError as error:
            raise KokoroVoiceError(str(error)) from error
        parts: list[tuple[float, _File]] = []
        codes: list[str | None] = []
        for name, share in shares:
            try:
                found = self._resolve(name)
                file = self._file(found)
                self._read(file)
            except KokoroVoiceError as error:
                raise KokoroVoiceError(f"part {name[:_SHOWN_CHARACTERS]!r} of the voice mix: {error}") from error
            parts.append((share, file))
            codes.append(language_letter(found))
        # Of equal shares the first by name, so that the order in which they were written changes nothing.
        largest = max(range(len(shares)), key=lambda number: shares[number][1])
        return KokoroVoice(self._blend(tuple(parts)), codes[largest])

    def _resolve(self, name: str) -> str:
        """Return the name of the file that is meant."""
        # No separator, drive or leading dot passes, so a name never leaves the folder.
        if len(name) > _MAX_NAME_CHARACTERS or not VOICE_NAME.fullmatch(name):
            raise KokoroVoiceError(
                f"{name[:_SHOWN_CHARACTERS]!r} can't be the name of a voice: that takes letters, digits, '_', '.', and "
                f"'-' within; a file of your own belongs into {self._folder}"
            )
        installed = self._installed()
        if name in installed:
            return name
        official = OPENAI.get(name, name)
        if official in installed:
            return official
        if official in OFFICIAL:
            spoken_by = "" if official == name else f", which speaks for '{name}',"
            raise KokoroVoiceError(
                f"the voice '{official}'{spoken_by} isn't in {self._folder}; "
                f"get it with: voxweft models pull kokoro --voices {official}"
            )
        raise KokoroVoiceError(self._unknown(name, installed))

    def _unknown(self, name: str, installed: set[str]) -> str:
        known = sorted(installed.union(OFFICIAL, OPENAI))
        if "-" in name and all(part in known for part in name.split("-")):
            return f"Kokoro has no voice '{name}'; to take one voice from another, write '{name.replace('-', ' - ')}'"
        return f"Kokoro has no voice '{name}'{did_you_mean(name, known)} (voxweft voices -e kokoro lists them)"

    def _installed(self) -> set[str]:
        """Return the names of the files in the folder. They are listed, not probed: a name's case counts everywhere."""
        try:
            with os.scandir(self._folder) as entries:
                names = {
                    entry.name.removesuffix(_SUFFIX)
                    for entry in entries
                    if entry.name.endswith(_SUFFIX) and entry.is_file()
                }
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise KokoroVoiceError(f"Kokoro's voices can't be listed: {error}") from error
        return {name for name in names if VOICE_NAME.fullmatch(name)}

    def _file(self, name: str) -> _File:
        path = self._folder / f"{name}{_SUFFIX}"
        try:
            state = path.stat()
        except OSError as error:
            raise KokoroVoiceError(f"the voice '{name}' can't be read: {error}") from error
        return _File(path, state.st_size, state.st_mtime_ns, state.st_ino)


def _read_file(file: _File) -> _Content:
    try:
        with file.path.open("rb") as handle:
            data = handle.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise KokoroVoiceError(f"a voice's file can't be read: {error}") from error
    return _Content(read_style_table(data, str(file.path)), hashlib.blake2b(data).digest())


def _blend(read: Callable[[_File], _Content], parts: tuple[tuple[float, _File], ...]) -> torch.Tensor:
    # In an order that the content decides, as it alone decides the cache's key: the same mix has the same bits,
    # however it was written and whatever its files are called.
    terms = sorted(((read(file), share) for share, file in parts), key=lambda term: (term[0].digest, term[1]))
    styles = torch.zeros(SHAPE, dtype=torch.float64)
    for content, share in terms:
        styles += share * content.styles.double()
    mixed = styles.float()
    if not bool(torch.isfinite(mixed).all()):
        raise KokoroVoiceError("the weights of the voice mix all but cancel each other")
    return mixed


def _fetch(blob: Callable[[str], Blob], digest: str) -> torch.Tensor:
    try:
        data = blob(digest).data
    except KeyError as error:
        raise KokoroVoiceError(f"the voice tensor {digest} isn't here any more; give its file again") from error
    return read_style_table(data, f"the voice tensor {digest}")
