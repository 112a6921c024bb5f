"""The folder of a narration: its lock, its manifest, and the audio of every finished segment."""

from __future__ import annotations

import errno
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path, PurePath

import filelock
import msgspec
import numpy as np
import xxhash
from numpy.typing import NDArray

from ...media.audio.pcm import INT16_SCALE, from_int16
from ...media.audio.wav import whole_wav
from ..errors import DamagedSegmentError, NarrationError
from .manifest import (
    BOOK,
    BOOK_MARK,
    BookLine,
    Line,
    LinePosition,
    Manifest,
    OutputFile,
    OutputLine,
    SegmentLine,
    decode_line,
)

MANIFEST = "manifest.jsonl"
SEGMENTS = "segments"
OLD = "old"
"""The folder for chapters that no longer exist."""
_LOCK = ".lock"
_NO_FILE = ""


class KeptSegment(msgspec.Struct, frozen=True):
    """The data of a finished segment that stay in memory; the rest is in the manifest, at `position`."""

    position: LinePosition
    file: str
    digest: str
    sample_rate: int
    n_samples: int
    float32: bool
    regeneration: int
    chapter: int

    @classmethod
    def of(cls, line: SegmentLine, position: LinePosition) -> KeptSegment:
        """Return the segment of a line at a position."""
        names = (name for name in cls.__struct_fields__ if name != "position")
        return cls(position, *(getattr(line, name) for name in names))


class NarrationFolder:
    """The folder of one narration. One run at a time opens it, and closes it.

    `kept` are the finished segments by identity, `outputs` the output files by chapter (0: the whole book).

    Raises:
        NarrationError: Another run has the folder open, or it contains other files and no narration.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        manifest = path / MANIFEST
        if path.is_dir() and not manifest.is_file() and any(_others(path)):
            raise NarrationError(f"'{path}' is not empty and contains no narration; choose an empty folder")
        if path.exists() and not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "the narration folder is a file", str(path))
        path.mkdir(parents=True, exist_ok=True)
        self._lock = filelock.FileLock(path / _LOCK)
        try:
            self._lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise NarrationError(f"'{path}' is in use by another run; wait for it or choose another folder") from error
        try:
            (path / SEGMENTS).mkdir(exist_ok=True)
            self.manifest = Manifest(manifest)
            self.book: BookLine | None = None
            self.kept: dict[str, KeptSegment] = {}
            self.outputs: dict[int, OutputLine] = {}
            self._gone: set[str] = set()
            """The segment files of chapters that no longer exist."""
            for partial in path.glob(".*.part"):
                partial.unlink()  # of a run that was killed while it wrote a file
            self._read()
            self.damaged_lines = self.manifest.damaged_lines
        except BaseException:
            self._lock.release()
            raise

    def begin(self, book: BookLine, identities: Sequence[str], *, restart: bool = False) -> None:
        """Write the book's line.

        The folder may contain the same book with changes: at least half of its sentences, or of those in the folder,
        are in both. `identities` are those of its segments. Changed sentences replace their own once this narration is
        complete, and the files of chapters of which no sentence is left are moved to `old`.

        With `restart`, the folder may contain any narration. Segments that are still part of this one are reused, and
        the rest is removed once it is complete.

        Raises:
            NarrationError: The folder contains another narration, and `restart` is false.
        """
        if self.book is not None and not restart:
            planned = set(map(_request_of, identities))
            difference = _difference(self.book, book) or self._other_content(planned)
            if difference:
                raise NarrationError(
                    f"'{self.path}': {difference}; choose another folder, or use --restart to replace it"
                )
            self._set_aside(planned)
        if self.book != book:
            self.book = book
            self.manifest.append(book)

    def keep(self, line: SegmentLine, samples: NDArray[np.float32]) -> KeptSegment:
        """Store a finished segment: first its audio, then its line, which makes it valid. OSError names the file.

        The line's `file`, `digest`, `n_samples` and `float32` are filled in.
        """
        file, digest, float32 = _NO_FILE, "", False
        if samples.size:
            float32 = not _is_int16(samples)
            data = whole_wav(samples, line.sample_rate, float32=float32)
            file = f"{SEGMENTS}/{line.identity[:2]}/{line.identity}-{line.regeneration}.wav"
            digest = xxhash.xxh3_64_hexdigest(data)
            self._write(file, data)
        line = msgspec.structs.replace(line, file=file, digest=digest, n_samples=int(samples.size), float32=float32)
        return self.put_line(line)

    def put_line(self, line: SegmentLine) -> KeptSegment:
        """Write a segment's line; it replaces the previous one."""
        kept = self.kept[line.identity] = KeptSegment.of(line, self.manifest.append(line))
        return kept

    def has_audio(self, kept: KeptSegment) -> bool:
        """Return whether a segment's audio file exists with the right size; `samples` verifies its contents."""
        if not kept.n_samples:
            return True
        try:
            return (self.path / kept.file).stat().st_size == len(_header(kept)) + kept.n_samples * _width(kept)
        except OSError:
            return False

    def samples(self, kept: KeptSegment, number: int) -> NDArray[np.float32]:
        """Return a segment's audio, float32 `[n_samples]`. DamagedSegmentError if it doesn't match its digest."""
        if not kept.n_samples:
            return np.zeros(0, np.float32)
        try:
            data = (self.path / kept.file).read_bytes()
        except OSError as error:
            raise DamagedSegmentError(number) from error
        if xxhash.xxh3_64_hexdigest(data) != kept.digest:
            raise DamagedSegmentError(number)
        pcm = memoryview(data)[-kept.n_samples * _width(kept) :]
        return np.frombuffer(pcm, "<f4").astype(np.float32) if kept.float32 else from_int16(pcm)

    def lines(self, kept: Iterable[KeptSegment]) -> Iterator[SegmentLine]:
        """Yield the manifest's lines of segments. NarrationError if a line has been damaged since it was read."""
        for line in self.manifest.lines_at(segment.position for segment in kept):
            if not isinstance(line, SegmentLine):
                raise NarrationError(f"'{self.manifest.path}' was damaged during the run; run the command again")
            yield line

    def put_output(self, output: OutputLine) -> None:
        """Write the line of an output, and remove its previous files that have other names."""
        before = self.outputs.get(output.chapter)
        self.outputs[output.chapter] = output
        self.manifest.append(output)
        names = {file.name for file in output.files}
        for file in before.files if before is not None else ():
            if file.name not in names and is_unchanged(self.path, file):
                (self.path / file.name).unlink()

    def retain_outputs(self, chapters: Collection[int]) -> None:
        """Remove the output files of all other chapters, unless they were changed after they were written."""
        for number in [number for number in self.outputs if number not in chapters]:
            for file in self.outputs.pop(number).files:
                if is_unchanged(self.path, file):
                    (self.path / file.name).unlink()

    def close(self) -> None:
        """Close the manifest and release the lock."""
        self.manifest.close()
        self._lock.release()

    def rewrite(self, lines: Iterable[Line]) -> None:
        """Replace the manifest by these lines atomically, and remove the audio that none of them names."""
        self.manifest.rewrite(lines)
        self._read()
        used = {kept.file for kept in self.kept.values()}
        for folder in (self.path / SEGMENTS).iterdir():
            if folder.is_dir():
                for file in folder.glob("*.wav"):
                    name = f"{SEGMENTS}/{folder.name}/{file.name}"
                    if name in used:
                        continue
                    if name in self._gone:
                        self._move_to_old(name)
                    else:
                        file.unlink()

    def _other_content(self, planned: Collection[str]) -> str:
        """Return what says that the folder contains another book; empty if it is the same one."""
        here = set(map(_request_of, self.kept))
        n_common = len(here.intersection(planned))
        if 2 * n_common >= min(len(here), len(planned)):
            return ""
        return f"the folder contains another book: of its {len(here)} sentences, {n_common} are in this one"

    def _set_aside(self, planned: Collection[str]) -> None:
        """Move the files of chapters of which no sentence is left, before others with their names are written."""
        known = {kept.chapter for identity, kept in self.kept.items() if _request_of(identity) in planned}
        self._gone = {kept.file for kept in self.kept.values() if kept.file and kept.chapter not in known}
        for number in set(self.outputs) - known - {BOOK}:
            for file in self.outputs.pop(number).files:
                if is_unchanged(self.path, file):
                    self._move_to_old(file.name)

    def _move_to_old(self, name: str) -> None:
        moved = self.path / OLD / name
        moved.parent.mkdir(parents=True, exist_ok=True)
        number = 1
        while moved.exists():
            number += 1
            moved = self.path / OLD / PurePath(name).with_stem(f"{PurePath(name).stem} ({number})")
        (self.path / name).rename(moved)

    def _read(self) -> None:
        self.kept.clear()
        self.outputs.clear()
        for line, position in self.manifest.read():
            if isinstance(line, SegmentLine):
                self.kept[line.identity] = KeptSegment.of(line, position)
            elif isinstance(line, OutputLine):
                self.outputs[line.chapter] = line
            else:
                self.book = line

    def _write(self, file: str, data: bytes) -> None:
        path = self.path / file
        try:
            path.write_bytes(data)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(path)) from error


def read_book_line(folder: Path) -> BookLine | None:
    """Return the last line of the book in a narration folder; None if the folder contains no narration."""
    found: BookLine | None = None
    try:
        with (folder / MANIFEST).open("rb") as file:
            for data in file:
                line = decode_line(data[:-1]) if data.startswith(BOOK_MARK) else None
                found = line if isinstance(line, BookLine) else found
    except OSError:
        return None
    return found


def is_unchanged(folder: Path, file: OutputFile) -> bool:
    """Return whether an output file still has the size and modification time it was written with."""
    try:
        status = (folder / file.name).stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.n_bytes, file.mtime_ns)


def _request_of(identity: str) -> str:
    """Return the digest of a segment's request, without its count among equal ones."""
    return identity.partition("-")[0]


def _others(path: Path) -> Iterator[Path]:
    return (file for file in path.iterdir() if file.name != _LOCK)


def _difference(before: BookLine, now: BookLine) -> str:
    """Return what differs between two narrations, of what their segments depend on; empty if nothing does."""
    if before.version != now.version:
        return f"the folder contains a narration of format version {before.version}, and this is version {now.version}"
    if (before.title, before.author) != (now.title, now.author):
        return f"the folder contains the narration of '{before.title}', not of '{now.title}'"
    if before.cast != now.cast:
        return "the narration in the folder has a different cast"
    names = [
        name for name in before.speaker.__struct_fields__ if getattr(before.speaker, name) != getattr(now.speaker, name)
    ]
    if not names:
        return ""
    changes = [
        f"{name} was {_quoted(getattr(before.speaker, name))} and is now {_quoted(getattr(now.speaker, name))}"
        for name in names
    ]
    return f"the narration in the folder has different settings: {'; '.join(changes)}"


def _quoted(value: object) -> str:
    return repr(getattr(value, "name", value))


def _is_int16(samples: NDArray[np.float32]) -> bool:
    """Return whether the samples are exact 16-bit values, as 16-bit engines produce them."""
    scaled = samples * np.float32(INT16_SCALE)
    if not (scaled.min() >= -INT16_SCALE and scaled.max() < INT16_SCALE):
        return False
    return bool((scaled.astype(np.int16) == scaled).all())


def _header(kept: KeptSegment) -> bytes:
    return whole_wav(np.zeros(0, np.float32), kept.sample_rate, float32=kept.float32)


def _width(kept: KeptSegment) -> int:
    return 4 if kept.float32 else 2
