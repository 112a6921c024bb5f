"""Remembered digests: of the content alone, read again only after a change, and never wrong because of the memory."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.utils.models.digests import FileDigests

OLD_NS = 1_700_000_000_000_000_000


def settled(path: Path, data: bytes, mtime_ns: int = OLD_NS) -> Path:
    """A file that was last written long ago; written in place if it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, ns=(mtime_ns, mtime_ns))
    return path


def fresh(path: Path, tmp_path: Path) -> str:
    """The digest that somebody without a memory finds."""
    return FileDigests(tmp_path / "nothing" / "remembered").of(path)


@settings(max_examples=30)
@given(one=st.binary(max_size=50), other=st.binary(max_size=50))
def test_it_is_the_content_that_counts(tmp_path_factory: pytest.TempPathFactory, one: bytes, other: bytes) -> None:
    folder = tmp_path_factory.mktemp("files")
    digests = FileDigests(folder / "digests")
    first, second = settled(folder / "a", one), settled(folder / "b" / "c", other, OLD_NS + 1)
    assert (digests.of(first) == digests.of(second)) == (one == other)
    assert len(digests.of(first)) == 32


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    path = settled(tmp_path / "x", b"one")
    digests = FileDigests(tmp_path / "digests")
    before = digests.of(path)
    digests.save()
    settled(path, b"two")  # the same size, time and inode: only reading it would tell
    assert digests.of(path) == before
    assert FileDigests(tmp_path / "digests").of(path) == before, "nor in another process"
    assert fresh(path, tmp_path) != before


def test_a_touched_file_is_read_again_and_stays_the_same(tmp_path: Path) -> None:
    path = settled(tmp_path / "x", b"one")
    digests = FileDigests(tmp_path / "digests")
    before = digests.of(path)
    os.utime(path, ns=(OLD_NS + 1, OLD_NS + 1))
    assert digests.of(path) == before
    settled(path, b"two", OLD_NS + 1)
    assert digests.of(path) == before, "what was read after the touch is remembered"


@pytest.mark.parametrize("change", ["time", "size", "file"])
def test_a_changed_file_is_noticed(tmp_path: Path, change: str) -> None:
    path = settled(tmp_path / "x", b"one")
    digests = FileDigests(tmp_path / "digests")
    before = digests.of(path)
    if change == "time":
        settled(path, b"two", OLD_NS + 1)
    elif change == "size":
        settled(path, b"three")
    else:
        settled(tmp_path / "y", b"two").replace(path)
    assert digests.of(path) == fresh(path, tmp_path) != before


def test_a_file_written_just_now_is_not_trusted_to_stay(tmp_path: Path) -> None:
    """Within a tick of its clock, a file system shows no difference between two writings."""
    path = tmp_path / "x"
    path.write_bytes(b"one")
    now_ns = time.time_ns()
    os.utime(path, ns=(now_ns, now_ns))
    digests = FileDigests(tmp_path / "digests")
    before = digests.of(path)
    settled(path, b"two", now_ns)
    assert digests.of(path) != before


def test_a_link_is_followed_to_what_it_points_to_now(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(settled(tmp_path / "one", b"one"))
    digests = FileDigests(tmp_path / "digests")
    assert digests.of(link) == fresh(tmp_path / "one", tmp_path)
    settled(tmp_path / "two", b"two")
    link.unlink()
    link.symlink_to(tmp_path / "two")
    assert digests.of(link) == fresh(tmp_path / "two", tmp_path)


def test_a_damaged_memory_is_made_again(tmp_path: Path) -> None:
    file, path = tmp_path / "digests", settled(tmp_path / "x", b"one")
    digests = FileDigests(file)
    right = digests.of(path)
    digests.save()
    good = file.read_bytes()
    assert right.encode() in good
    # One digit of the digest: everything about it is well formed.
    flipped = good.replace(right.encode(), (("0" if right[0] != "0" else "1") + right[1:]).encode())
    for damaged in (flipped, good[:-3], b"", b"\0\xff" * 20, good.partition(b"\n")[2]):
        file.write_bytes(damaged)
        again = FileDigests(file)
        assert again.of(path) == right
        again.save()
        assert file.read_bytes() == good


def test_what_others_wrote_meanwhile_is_kept(tmp_path: Path) -> None:
    one, two = settled(tmp_path / "one", b"one"), settled(tmp_path / "two", b"two")
    first, second = FileDigests(tmp_path / "digests"), FileDigests(tmp_path / "digests")
    befores = [first.of(one), second.of(two)]
    first.save()
    second.save()
    settled(one, b"eno")
    settled(two, b"owt")
    third = FileDigests(tmp_path / "digests")
    assert [third.of(one), third.of(two)] == befores
    assert sorted(path.name for path in tmp_path.iterdir()) == ["digests", "one", "two"], "no temporary file is left"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    path = settled(tmp_path / "x", b"one")
    digests = FileDigests(tmp_path / "x" / "digests")
    before = digests.of(path)
    digests.save()
    settled(path, b"two")
    assert digests.of(path) == before, "it is remembered all the same"


def test_threads(tmp_path: Path) -> None:
    paths = [settled(tmp_path / str(number), str(number).encode() * 1000) for number in range(20)]
    digests = FileDigests(tmp_path / "digests")
    found: list[list[str]] = []

    def ask() -> None:
        found.append([digests.of(path) for path in paths])
        digests.save()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[fresh(path, tmp_path) for path in paths]] * 4


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileDigests(tmp_path / "digests").of(tmp_path / "nothing")
