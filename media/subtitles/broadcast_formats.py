"""Read the formats of broadcasters with ttconv: TTML and IMSC, Scenarist closed captions (SCC), and EBU STL."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import msgspec

from ..errors import SubtitleError
from .cue_text import SHOWN_CHARS
from .subtitle_file import Note, Notes, RawCue
from .ttml_repair import NO_LENGTH_MS, repaired_ttml
from .vtt import read_vtt

_DECLARED = re.compile(rb"""^[^>]{0,20}<\?xml[^>]*encoding=["']([\w.-]{1,40})["']""")

_SCC_HEAD = "Scenarist_SCC V1.0"
_SCC_LINE = re.compile(r"([0-9]{2}:[0-5][0-9]:[0-5][0-9][:;.,])([0-9]{2})\s+(\S.*)", re.ASCII)
_SCC_CODE = re.compile(r"[0-9a-fA-F]{4}", re.ASCII)
_SCC_FRAMES = 30
_PART = 40
"""Paragraphs that are read at a time."""


def read_broadcast(data: bytes, kind: str, notes: Notes, text: str = "") -> list[RawCue]:
    """Return the cues of a file in `ttml`, `scc` or `stl`. Their `line` counts the cues, from 1.

    TTML is read from the encoding that it declares, else from the decoded `text`.

    Raises:
        SubtitleError: The file is damaged, or isn't in the format.
    """
    from ttconv.vtt.config import VTTWriterConfiguration
    from ttconv.vtt.writer import from_model

    cues: list[RawCue] = []
    with _logged(notes):
        try:
            for document in _documents(data, kind, notes, text):
                style = VTTWriterConfiguration(line_position=True, text_align=True)
                written = "WEBVTT" if document is None else from_model(document, style)
                cues += read_vtt(written.split("\n"), Notes())
        except SubtitleError:
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise SubtitleError(f"can't be read as {kind.upper()} ({reason})") from error
    cues.sort(key=lambda cue: cue.start_ms)
    return [
        msgspec.structs.replace(
            cue, line=number, end_ms=cue.start_ms if cue.end_ms - cue.start_ms <= NO_LENGTH_MS else cue.end_ms
        )
        for number, cue in enumerate(cues, 1)
    ]


def _documents(data: bytes, kind: str, notes: Notes, text: str) -> Iterator[object]:
    if kind == "ttml":
        from ttconv.imsc.reader import to_model

        for root in _parts(repaired_ttml(_declared(data) or text, notes)):
            yield to_model(ET.ElementTree(root))
    elif kind == "scc":
        from ttconv.scc.reader import to_model as scc_to_model

        yield scc_to_model(_repaired_scc(data.decode("ascii", "replace"), notes))
    else:
        from ttconv.stl.config import STLReaderConfiguration
        from ttconv.stl.reader import to_model as stl_to_model

        # Times count from the start of the program (TCP in the file's header), which is often 10:00:00.
        yield stl_to_model(io.BytesIO(data), STLReaderConfiguration(program_start_tc="TCP"))


def _repaired_scc(text: str, notes: Notes) -> str:
    """Return closed captions without what isn't a time or a code, each noted: the library refuses the whole file."""
    lines = [_SCC_HEAD]
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip().lstrip("\ufeff")
        if not stripped or stripped.startswith("Scenarist_SCC"):
            continue
        match = _SCC_LINE.fullmatch(stripped)
        if match is None:
            reason = f"{stripped[:SHOWN_CHARS]!r} has no time"
            notes.fault(number, "left-out", f"left out, because {reason}", reason)
            continue
        frame = min(int(match[2]), _SCC_FRAMES - 1)
        if frame != int(match[2]):
            notes.fault(number, "time", f"frame {match[2]} of a second, read as {frame}")
        words = match[3].split()
        codes = [word for word in words if _SCC_CODE.fullmatch(word)]
        if len(codes) < len(words):
            wrong = next(word for word in words if not _SCC_CODE.fullmatch(word))
            notes.fault(number, "replaced", f"left out {wrong[:20]!r}, which is no code of captions")
        lines.append(f"{match[1]}{frame:02d}\t{' '.join(codes)}")
    return "\n\n".join(lines) + "\n"


def _parts(root: ET.Element) -> Iterator[ET.Element]:
    """Yield a document with some paragraphs at a time: the library takes quadratic time.

    Paragraphs whose times depend on those before them stay together.
    """
    if any(element.get("timeContainer") == "seq" for element in root.iter()):
        yield root
        return
    paragraphs = {
        parent: [child for child in parent if child.tag.rpartition("}")[2] == "p"] for parent in list(root.iter())
    }
    owned = [(parent, child) for parent, children in paragraphs.items() for child in children]
    for parent, child in owned:
        parent.remove(child)
    for at in range(0, max(1, len(owned)), _PART):
        part = owned[at : at + _PART]
        for parent, child in part:
            parent.append(child)
        yield root
        for parent, child in part:
            parent.remove(child)


def _declared(data: bytes) -> str:
    """Return the text of an XML file in the encoding that it declares; empty if it declares none, or another."""
    match = _DECLARED.match(data)
    try:
        return "" if match is None else data.decode(match[1].decode("ascii"))
    except (LookupError, UnicodeError):
        return ""


class _NoteHandler(logging.Handler):
    """Makes notes of the library's errors: parts of a file that it skips."""

    def __init__(self, notes: Notes) -> None:
        super().__init__(logging.ERROR)
        self._notes = notes

    def emit(self, record: logging.LogRecord) -> None:
        self._notes.append(Note(1, "ignored", f"skipped: {record.getMessage()}"))


@contextlib.contextmanager
def _logged(notes: Notes) -> Iterator[None]:
    logger = logging.getLogger("ttconv")
    handler, propagate = _NoteHandler(notes), logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate
