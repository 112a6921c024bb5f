"""Find, load and mix voices."""

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
from .official_voices import OFFICIAL, OPENAI_ALIASES, describe, language_letter
from .style_table import MAX_FILE_BYTES, SHAPE, read_style_table

# A voice takes 0.5 MiB of memory; an evicted one is read again in a few milliseconds.
_KEPT_FILES = 32
_KEPT_MIXES = 16
_KEPT_TENSORS = 16

_SUFFIX = ".pt"
_MAX_NAME_CHARACTERS = 200  # file systems allow about 255 bytes
_SHOWN_CHARACTERS = 60


class KokoroVoice(NamedTuple):
    """A loaded voice.

    `styles` is float32 `[510, 1, 256]` on the CPU; it is shared, so don't write to it. `code` is Kokoro's letter of the
    voice's language, None if unknown.
    """

    styles: torch.Tensor
    code: str | None

    def style(self, n_symbols: int) -> torch.Tensor:
        """Return the style `[1, 256]` for a text of `n_symbols`; ValueError unless that is from 1 to 510."""
        if not 1 <= n_symbols <= SHAPE[0]:
            raise ValueError(f"no style for {n_symbols} symbols; a voice has styles for 1 to {SHAPE[0]}")
        return self.styles[n_symbols - 1]


class _File(NamedTuple):
    """A voice file's identity: another size, time or inode means other content."""

    path: Path
    n_bytes: int
    mtime_ns: int
    inode: int


class _Content(NamedTuple):
    """The content of a voice's file."""

    styles: torch.Tensor
    digest: bytes


class KokoroVoices:
    """The voices in a folder of `NAME.pt` files, by name or mixed, and users' voice tensors. Not thread-safe.

    A file's name takes precedence over the aliases for OpenAI's voices. A replaced file is read again. `blob` fetches a
    user's tensor by its digest (KeyError if it can't). `default` is the voice of segments without one.
    """

    def __init__(self, folder: Path, blob: Callable[[str], Blob], default: str) -> None:
        self._folder = folder
        self._default = default
        self._read = functools.lru_cache(_KEPT_FILES)(_read_file)
        self._blend = functools.lru_cache(_KEPT_MIXES)(functools.partial(_blend, self._read))
        self._fetch = functools.lru_cache(_KEPT_TENSORS)(functools.partial(_fetch, blob))

    def voice(self, voice: Voice | None) -> KokoroVoice:
        """Load a voice. KokoroVoiceError names the wrong voice, file or part of a mix."""
        if voice is None:
            return self._named(self._default)
        if isinstance(voice, NamedVoice):
            return self._named(voice.name)
        if isinstance(voice, MixedVoice):
            return self._mixed(voice)
        if isinstance(voice, TensorVoice):
            return KokoroVoice(self._fetch(voice.digest), None)
        raise KokoroVoiceError(
            "Kokoro can't clone a recording; name one of its voices, mix several, or give a voice tensor (.pt)"
        )

    def style(self, voice: Voice | KokoroVoice | None, n_symbols: int) -> torch.Tensor:
        """Return a voice's style `[1, 256]` for a text of `n_symbols`; errors as `voice` and `KokoroVoice.style`."""
        return (voice if isinstance(voice, KokoroVoice) else self.voice(voice)).style(n_symbols)

    def infos(self) -> list[VoiceInfo]:
        """Return the installed voices: the official ones by language, then the user's own by name."""
        return describe(self._installed())

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
        # Among equal shares, the first by name: the order of the parts must not change the language.
        largest = max(range(len(shares)), key=lambda number: shares[number][1])
        return KokoroVoice(self._blend(tuple(parts)), codes[largest])

    def _resolve(self, name: str) -> str:
        """Return the name of the voice's file."""
        # The pattern admits no separator, drive or leading dot, so a name never leaves the folder.
        if len(name) > _MAX_NAME_CHARACTERS or not VOICE_NAME.fullmatch(name):
            raise KokoroVoiceError(
                f"invalid voice name {name[:_SHOWN_CHARACTERS]!r}; use letters, digits, '_', '.' and '-' within, and "
                f"put your own files into {self._folder}"
            )
        installed = self._installed()
        if name in installed:
            return name
        official = OPENAI_ALIASES.get(name, name)
        if official in installed:
            return official
        if official in OFFICIAL:
            alias = "" if official == name else f" (for '{name}')"
            raise KokoroVoiceError(
                f"the voice '{official}'{alias} isn't in {self._folder}; "
                f"download it with: voxweft models pull kokoro --voices {official}"
            )
        raise KokoroVoiceError(self._unknown(name, installed))

    def _unknown(self, name: str, installed: set[str]) -> str:
        known = sorted(installed.union(alias for alias, official in OPENAI_ALIASES.items() if official in installed))
        if "-" in name and all(part in known for part in name.split("-")):
            return (
                f"Kokoro has no voice '{name}'; to subtract one voice from another, write '{name.replace('-', ' - ')}'"
            )
        return f"Kokoro has no voice '{name}'{did_you_mean(name, known)} (voxweft voices -e kokoro lists them)"

    def _installed(self) -> set[str]:
        """Return the names of the folder's voices. Listed, not probed, so that names are case-sensitive everywhere."""
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
    # Ordered by content, as in the cache's key: the order and names of the voices must not change the mix's bits.
    terms = sorted(((read(file), share) for share, file in parts), key=lambda term: (term[0].digest, term[1]))
    styles = torch.zeros(SHAPE, dtype=torch.float64)
    for content, share in terms:
        styles += share * content.styles.double()
    mixed = styles.float()
    if not bool(torch.isfinite(mixed).all()):
        raise KokoroVoiceError("the weights of the voice mix nearly cancel each other; change one of them")
    return mixed


def _fetch(blob: Callable[[str], Blob], digest: str) -> torch.Tensor:
    try:
        data = blob(digest).data
    except KeyError as error:
        raise KokoroVoiceError(f"the voice tensor {digest} is no longer available; give its file again") from error
    return read_style_table(data, f"the voice tensor {digest}")
