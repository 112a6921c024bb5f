"""Check the files that are to be written, before any work is done for them."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

File = Path | int
"""A path, or the number of an open file."""


class _Place(NamedTuple):
    """A file that exists (device and inode), or one that is to be made (those of its folder, and its name)."""

    device: int
    inode: int
    new: Path | None = None


def check_outputs(outputs: Mapping[str, File], inputs: Mapping[str, File]) -> None:
    """Check that outputs can be made, each in a file of its own, and that none replaces an input.

    Files are compared, not their names: `./a.wav` and a link to it are `a.wav`, and so is `A.wav` where the folder
    doesn't tell upper from lower case. Devices and pipes aren't compared.

    Args:
        outputs: The files by what messages call them, such as "--report".
        inputs: Likewise; one that can't be found is ignored.

    Raises:
        ValueError: An output is another output, or an input.
        OSError: A folder isn't there or can't be written to, or an output is a folder.
    """
    places = {name: _output_place(file) for name, file in outputs.items()}
    for (name, place), (other_name, other) in combinations(places.items(), 2):
        if place is not None and other is not None and _are_same(place, other):
            raise ValueError(f"{name} and {other_name} are the same file, {_shown(outputs[name])}; use another file")
    for input_name, file in inputs.items():
        with contextlib.suppress(OSError):
            read = _place_of(_status(file))
            for name, place in places.items():
                if place is not None and place == read:
                    raise ValueError(f"{name} would replace {input_name}, {_shown(file)}; write to another file")


def check_folder(folder: Path, inputs: Mapping[str, Path | str | None]) -> None:
    """Check that no input is in a folder whose files a job replaces. ValueError names the input.

    An input that isn't a file, such as the name of a voice, is ignored.
    """
    whole = folder.expanduser().resolve()
    for name, file in inputs.items():
        is_inside = False
        with contextlib.suppress(OSError):
            is_inside = file is not None and whole in Path(file).expanduser().resolve(strict=True).parents
        if is_inside:
            raise ValueError(f"{name}, '{file}', is in the output folder '{folder}'; move it, or choose another folder")


def _shown(file: File) -> str:
    return f"'{file}'" if isinstance(file, Path) else "a redirection"


def _status(file: File) -> os.stat_result:
    return os.fstat(file) if isinstance(file, int) else file.expanduser().stat()


def _place_of(status: os.stat_result) -> _Place | None:
    return _Place(status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def _output_place(file: File) -> _Place | None:
    """Return where an output will be, in a folder that was checked; None for a device or a pipe."""
    status: os.stat_result | None
    try:
        status = _status(file)
    except FileNotFoundError:
        status = None
    if isinstance(file, int):
        return _place_of(status) if status is not None else None
    target = file.expanduser().resolve()
    if status is not None and stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(f"{file} is a directory, not a file")
    if status is not None and not stat.S_ISREG(status.st_mode):
        return None
    if not target.parent.is_dir():
        raise FileNotFoundError(f"no such directory: {file.parent}")
    try:
        with _made(target.with_name(f".{secrets.token_hex(6)}.part")):
            pass
    except OSError as error:
        raise OSError(error.errno, f"no file can be made there: {error.strerror}", str(target.parent)) from None
    if status is not None:
        return _place_of(status)
    folder = target.parent.stat()
    return _Place(folder.st_dev, folder.st_ino, target)


def _are_same(one: _Place, other: _Place) -> bool:
    if one.new is None or other.new is None or one[:2] != other[:2] or one.new.name == other.new.name:
        return one[:2] == other[:2] and (one.new is None) == (other.new is None)
    if _folded(one.new) != _folded(other.new):
        return False
    # Only the folder knows whether the two names are one.
    mark = f".{secrets.token_hex(6)}."
    try:
        with _made(one.new.with_name(mark + one.new.name)):
            return other.new.with_name(mark + other.new.name).exists()
    except OSError:
        return True


def _folded(path: Path) -> str:
    return unicodedata.normalize("NFC", path.name).casefold()


@contextlib.contextmanager
def _made(path: Path) -> Iterator[None]:
    """Make an empty file, and delete it at the end."""
    path.touch(exist_ok=False)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
