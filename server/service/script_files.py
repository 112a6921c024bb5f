"""Casts and lexicons: those of the server's folders by name, and those that a request carries."""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...jobs.errors import CastError
from ...jobs.requests.speech import load_cast
from ...jobs.voices import Cast, VoiceLibrary, read_cast
from ...text.errors import TextError
from ...text.lexicon import MAX_LEXICON_BYTES, Lexicon, lexicon_of, read_lexicon
from ...utils.names import name_key
from ...utils.suggestions import did_you_mean
from .errors import ApiError, bad_request

_CAST_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_LEXICON_SUFFIXES = frozenset({".txt", ".lexicon"})
_MAX_FILES = 1000
_MAX_LEXICONS = 8
"""Lexicons of one request."""
_MAX_CACHED = 16

LexiconField = str | dict[str, Any] | list[str | dict[str, Any]]


class ScriptFiles:
    """The casts and lexicons that requests may name. Every method reads the disk: call it in a thread.

    A name is compared with those of the files in a folder and never becomes part of a path.

    Args:
        library: The presets that casts may use.
        casts: The folder of casts; None for none. `lexicons` is that of lexicons.
        lexicon: A lexicon file for all requests; None for none.

    Raises:
        ValueError: The lexicon file can't be read.
    """

    def __init__(self, library: VoiceLibrary, casts: Path | None, lexicons: Path | None, lexicon: Path | None) -> None:
        self._library = library
        self._casts = casts
        self._lexicons = lexicons
        self._cached: OrderedDict[tuple[str, int, int], Lexicon] = OrderedDict()
        self.lexicon = None if lexicon is None else _read_lexicon(lexicon, str(lexicon))
        """The lexicon for all requests."""

    def cast(self, value: str | Mapping[str, Any]) -> tuple[Cast, Path | None]:
        """Return a cast by its name or from its content, and the folder that its voice files are relative to.

        The folder is None for content: no text of a request leads to a file.

        Raises:
            ApiError: 404 for an unknown name, 400 for a cast that can't be used.
        """
        try:
            if isinstance(value, str):
                file = _find("cast", value, self._casts, _CAST_SUFFIXES)
                return load_cast(file, self._library), file.parent
            return read_cast(_encoded(value), "the cast", presets=self._library.presets()), None
        except CastError as error:
            raise bad_request(str(error), "cast", "invalid_cast") from None
        except OSError:
            raise bad_request(
                f"cast '{str(value)[:100]}' can't be read on the server", "cast", "invalid_cast"
            ) from None

    def request_lexicon(self, value: LexiconField | None) -> Lexicon | None:
        """Return the lexicon for a request: its own entries take precedence over the server's, later ones over earlier.

        Raises:
            ApiError: 404 for an unknown name, 400 for a lexicon that can't be used.
        """
        parts = value if isinstance(value, list) else [] if value is None else [value]
        if len(parts) > _MAX_LEXICONS:
            raise bad_request(f"{len(parts)} lexicons; maximum {_MAX_LEXICONS}", "lexicon", "invalid_lexicon")
        lexicon = self.lexicon
        for part in parts:
            try:
                own = self._named_lexicon(part) if _is_name(part) else _lexicon_in(part)
            except TextError as error:
                raise bad_request(f"the lexicon: {error}", "lexicon", "invalid_lexicon") from None
            lexicon = own.over(lexicon)
        return lexicon

    def _named_lexicon(self, name: object) -> Lexicon:
        file = _find("lexicon", str(name), self._lexicons, _LEXICON_SUFFIXES)
        try:
            facts = file.stat()
            key = (file.name, facts.st_mtime_ns, facts.st_size)
            found = self._cached.get(key)
            if found is None:
                found = self._cached[key] = _read_lexicon(file, f"'{file.stem}'")
                while len(self._cached) > _MAX_CACHED:
                    self._cached.popitem(last=False)
        except (OSError, ValueError) as error:
            reason = str(error) if isinstance(error, ValueError) else "it can't be read on the server"
            raise bad_request(f"lexicon {reason}", "lexicon", "invalid_lexicon") from None
        return found


def _is_name(part: object) -> bool:
    """Return whether a text is the name of a lexicon, and not its entries."""
    return isinstance(part, str) and "=" not in part and "\n" not in part


def _lexicon_in(part: str | Mapping[str, Any]) -> Lexicon:
    return read_lexicon(part) if isinstance(part, str) else lexicon_of(part)


def _read_lexicon(file: Path, label: str) -> Lexicon:
    with file.open("rb") as stream:
        data = stream.read(MAX_LEXICON_BYTES + 1)
    try:
        return read_lexicon(data)
    except TextError as error:
        raise ValueError(f"{label}: {error}") from None


def _encoded(value: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(value).encode()
    except RecursionError:
        raise CastError("the cast: nested too deeply") from None


def _find(kind: str, name: str, folder: Path | None, suffixes: frozenset[str]) -> Path:
    """Return the file of a folder whose name without suffix is `name`, in any spelling."""
    if folder is None:
        option = f"--{kind}s FOLDER"
        raise bad_request(
            f"the server has no folder of {kind}s (option {option}); send the {kind} itself instead of a name",
            kind,
            f"no_{kind}s",
        )
    files = {name_key(file.stem): file for file in _files(folder, suffixes)}
    found = files.get(name_key(name[:200]))
    if found is None:
        hint = did_you_mean(name[:100], sorted(file.stem for file in files.values()), none=f"there are no {kind}s")
        raise ApiError(404, f"unknown {kind} '{name[:100]}'{hint}", code=f"unknown_{kind}", param=kind)
    return found


def _files(folder: Path, suffixes: frozenset[str]) -> Sequence[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.is_file())
    except OSError:
        return ()
    return [folder / name for name in names if Path(name).suffix.lower() in suffixes][:_MAX_FILES]
