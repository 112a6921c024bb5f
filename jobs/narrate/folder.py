"""The folder of a narration: its lock, its manifest, and the audio of every finished segment."""

from __future__ import annotations

import errno
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import filelock
import msgspec
import numpy as np
import xxhash
from numpy.typing import NDArray

from ...media.audio.pcm import INT16_SCALE, from_int16
from ...media.audio.wav import whole_wav
from ..errors import DamagedSegmentError, NarrationError
from .manifest import BOOK_MARK, BookLine, Line, Manifest, OutputFile, OutputLine, Place, SegmentLine, decode_line

MANIFEST = "manifest.jsonl"
SEGMENTS = "segments"
_LOCK = ".lock"
_SILENT_FILE = ""


class Kept(msgspec.Struct, frozen=True):
    """What is remembered of a finished segment; the rest stands in the manifest, at `place`."""

    place: Place
    file: str
    digest: str
    sample_rate: int
    n_samples: int
    float32: bool
    take: int

    @classmethod
    def of(cls, line: SegmentLine, place: Place) -> Kept:
        """Return it for a line at a place."""
        return cls(place, line.file, line.digest, line.sample_rate, line.n_samples, line.float32, line.take)


class NarrationFolder:
    """Opened by one run at a time, and closed by it. NarrationError if another run has it, or it is somebody else's.

    `kept` are the finished segments by identity, `outputs` what was made of them, by chapter; 0 is the whole book.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        manifest = path / MANIFEST
        if path.is_dir() and not manifest.is_file() and any(_others(path)):
            raise NarrationError(f"{path}: the folder isn't empty and holds no narration; name a new one")
        if path.exists() and not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "a narration needs a folder, and this is a file", str(path))
        path.mkdir(parents=True, exist_ok=True)
        self._lock = filelock.FileLock(path / _LOCK)
        try:
            self._lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise NarrationError(f"{path}: another run is at work in this folder") from error
        try:
            (path / SEGMENTS).mkdir(exist_ok=True)
            self.manifest = Manifest(manifest)
            self.book: BookLine | None = None
            self.kept: dict[str, Kept] = {}
            self.outputs: dict[int, OutputLine] = {}
            for left in path.glob(".*.part"):
                left.unlink()  # of a run that was killed while it wrote a file
            self._read()
            self.damaged_lines = self.manifest.damaged_lines
        except BaseException:
            self._lock.release()
            raise

    def begin(self, book: BookLine, *, anew: bool = False) -> None:
        """Take the folder for a book and a speaker. NarrationError if it is another's, unless `anew`.

        With that, what is kept and still asked for stays, and all else is dropped once the narration is whole.
        """
        if self.book == book:
            return
        same = self.book is not None and self.book.same_sound(book)
        if self.book is not None and not same and not anew:
            raise NarrationError(
                f"{self.path}: {_difference(self.book, book)}; --restart speaks it anew in this folder"
            )
        self.book = book
        self.manifest.append(book)

    def keep(self, line: SegmentLine, samples: NDArray[np.float32]) -> Kept:
        """Keep a finished segment: its audio first, then its line, which makes it count. OSError names the file.

        `file`, `digest`, `n_samples` and `float32` of the line are filled in.
        """
        file, digest, float32 = _SILENT_FILE, "", False
        if samples.size:
            float32 = not _is_int16(samples)
            data = whole_wav(samples, line.sample_rate, float32=float32)
            file = f"{SEGMENTS}/{line.identity[:2]}/{line.identity}-{line.take}.wav"
            digest = xxhash.xxh3_64_hexdigest(data)
            self._write(file, data)
        line = msgspec.structs.replace(line, file=file, digest=digest, n_samples=int(samples.size), float32=float32)
        return self.note(line)

    def note(self, line: SegmentLine) -> Kept:
        """Write a segment's line, which counts from now on."""
        kept = self.kept[line.identity] = Kept.of(line, self.manifest.append(line))
        return kept

    def is_there(self, kept: Kept) -> bool:
        """Whether a segment's audio lies there in its size; its content is checked when it is read."""
        if not kept.n_samples:
            return True
        try:
            return (self.path / kept.file).stat().st_size == len(_header(kept)) + kept.n_samples * _width(kept)
        except OSError:
            return False

    def samples(self, kept: Kept, number: int) -> NDArray[np.float32]:
        """Return a segment's audio, float32 `[n_samples]`. DamagedSegmentError if it isn't what was kept."""
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

    def lines(self, kept: Iterable[Kept]) -> Iterator[SegmentLine]:
        """Yield the manifest's lines of segments. NarrationError if one is damaged: the next run makes it again."""
        for line in self.manifest.lines_at(one.place for one in kept):
            if not isinstance(line, SegmentLine):
                raise NarrationError(f"{self.manifest.path}: a line was damaged meanwhile; run the command again")
            yield line

    def put_output(self, output: OutputLine) -> None:
        """Note what was made, and remove what was made before under other names."""
        before = self.outputs.get(output.chapter)
        self.outputs[output.chapter] = output
        self.manifest.append(output)
        names = {made.name for made in output.files}
        for made in before.files if before is not None else ():
            if made.name not in names and is_unchanged(self.path, made):
                (self.path / made.name).unlink()

    def keep_outputs(self, chapters: Collection[int]) -> None:
        """Remove what was made for other chapters than these, as far as it lies there as it was made."""
        for number in [number for number in self.outputs if number not in chapters]:
            for made in self.outputs.pop(number).files:
                if is_unchanged(self.path, made):
                    (self.path / made.name).unlink()

    def close(self) -> None:
        """Close the manifest and let others in."""
        self.manifest.close()
        self._lock.release()

    def rewrite(self, lines: Iterable[Line]) -> None:
        """Replace the manifest by these lines, in one step, and remove the audio that none of them names."""
        self.manifest.rewrite(lines)
        self._read()
        used = {kept.file for kept in self.kept.values()}
        for folder in (self.path / SEGMENTS).iterdir():
            if folder.is_dir():
                for file in folder.glob("*.wav"):
                    if f"{SEGMENTS}/{folder.name}/{file.name}" not in used:
                        file.unlink()

    def _read(self) -> None:
        self.kept.clear()
        self.outputs.clear()
        for line, place in self.manifest.read():
            if isinstance(line, SegmentLine):
                self.kept[line.identity] = Kept.of(line, place)
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
    """Return whose narration is in a folder, and how it was made last; None where there is none."""
    found: BookLine | None = None
    try:
        with (folder / MANIFEST).open("rb") as file:
            for data in file:
                line = decode_line(data[:-1]) if data.startswith(BOOK_MARK) else None
                found = line if isinstance(line, BookLine) else found
    except OSError:
        return None
    return found


def is_unchanged(folder: Path, made: OutputFile) -> bool:
    """Whether a file is the one that was made, by size and time."""
    try:
        status = (folder / made.name).stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (made.n_bytes, made.mtime_ns)


def _others(path: Path) -> Iterator[Path]:
    return (one for one in path.iterdir() if one.name != _LOCK)


def _difference(before: BookLine, now: BookLine) -> str:
    if before.version != now.version:
        return f"it holds a narration of version {before.version}, and this is version {now.version}"
    if (before.title, before.author) != (now.title, now.author):
        return f"it holds the narration of '{before.title}', not of '{now.title}'"
    if before.cast != now.cast:
        return "it was spoken by another cast, or not by one"
    names = [
        name for name in before.speaker.__struct_fields__ if getattr(before.speaker, name) != getattr(now.speaker, name)
    ]
    changes = [
        f"{name} was {_said(getattr(before.speaker, name))}, and is {_said(getattr(now.speaker, name))}"
        for name in names
    ]
    return f"it was spoken otherwise: {'; '.join(changes)}"


def _said(value: object) -> str:
    return repr(getattr(value, "name", value))


def _is_int16(samples: NDArray[np.float32]) -> bool:
    """Whether 16 bits hold the samples exactly, as they do for engines that make such."""
    scaled = samples * np.float32(INT16_SCALE)
    if not (scaled.min() >= -INT16_SCALE and scaled.max() < INT16_SCALE):
        return False
    return bool((scaled.astype(np.int16) == scaled).all())


def _header(kept: Kept) -> bytes:
    return whole_wav(np.zeros(0, np.float32), kept.sample_rate, float32=kept.float32)


def _width(kept: Kept) -> int:
    return 4 if kept.float32 else 2
