"""Cached digests: they depend on the content alone, are computed again only after a change, and are never stale."""

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


def write_old(path: Path, data: bytes, mtime_ns: int = OLD_NS) -> Path:
    """Write a file in place and set an old modification time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, ns=(mtime_ns, mtime_ns))
    return path


def fresh(path: Path, tmp_path: Path) -> str:
    """Return the digest without a cache."""
    return FileDigests(tmp_path / "nothing" / "remembered").of(path)


@settings(max_examples=30)
@given(one=st.binary(max_size=50), other=st.binary(max_size=50))
def test_digests_depend_on_the_content_alone(
    tmp_path_factory: pytest.TempPathFactory, one: bytes, other: bytes
) -> None:
    folder = tmp_path_factory.mktemp("files")
    digests = FileDigests(folder / "digests")
    first, second = write_old(folder / "a", one), write_old(folder / "b" / "c", other, OLD_NS + 1)
    assert (digests.of(first) == digests.of(second)) == (one == other)
    assert len(digests.of(first)) == 32


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    path = write_old(tmp_path / "x", b"one")
    digests = FileDigests(tmp_path / "digests")
    before = digests.of(path)
    digests.save()
    write_old(path, b"two")  # the same size, time and inode: only a read would show the change
    assert digests.of(path) == before
    assert FileDigests(tmp_path / "digests").of(path) == before, "nor in another process"
    assert fresh(path, tmp_path) != before


def test_a_touched_file_is_read_again_and_stays_the_same(tmp_path: Path) -> None:
    path = write_old(tmp_path / "x", b"one")
    digests = FileDigests(tmp_path / "digests")
    before = digests.of(path)
    os.utime(path, ns=(OLD_NS + 1, OLD_NS + 1))
    assert digests.of(path) == before
    write_old(path, b"two", OLD_NS + 1)
    assert digests.of(path) == before, "what was read after the touch is remembered"


@pytest.mark.parametrize("change", ["time", "size", "file"])
def test_a_changed_file_is_read_again(tmp_path: Path, change: str) -> None:
    path = write_old(tmp_path / "x", b"one")
    digests = FileDigests(tmp_path / "digests")
    before = digests.of(path)
    if change == "time":
        write_old(path, b"two", OLD_NS + 1)
    elif change == "size":
        write_old(path, b"three")
    else:
        write_old(tmp_path / "y", b"two").replace(path)
    assert digests.of(path) == fresh(path, tmp_path) != before


def test_the_digest_of_a_file_written_just_now_is_not_cached(tmp_path: Path) -> None:
    """Two writes within a tick of the file system's clock have the same modification time."""
    path = tmp_path / "x"
    path.write_bytes(b"one")
    now_ns = time.time_ns()
    os.utime(path, ns=(now_ns, now_ns))
    digests = FileDigests(tmp_path / "digests")
    before = digests.of(path)
    write_old(path, b"two", now_ns)
    assert digests.of(path) != before


def test_a_link_is_followed_to_its_current_target(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(write_old(tmp_path / "one", b"one"))
    digests = FileDigests(tmp_path / "digests")
    assert digests.of(link) == fresh(tmp_path / "one", tmp_path)
    write_old(tmp_path / "two", b"two")
    link.unlink()
    link.symlink_to(tmp_path / "two")
    assert digests.of(link) == fresh(tmp_path / "two", tmp_path)


def test_a_damaged_cache_file_is_rebuilt(tmp_path: Path) -> None:
    file, path = tmp_path / "digests", write_old(tmp_path / "x", b"one")
    digests = FileDigests(file)
    right = digests.of(path)
    digests.save()
    good = file.read_bytes()
    assert right.encode() in good
    # One digit of the digest: the file is still well-formed.
    flipped = good.replace(right.encode(), (("0" if right[0] != "0" else "1") + right[1:]).encode())
    for damaged in (flipped, good[:-3], b"", b"\0\xff" * 20, good.partition(b"\n")[2]):
        file.write_bytes(damaged)
        again = FileDigests(file)
        assert again.of(path) == right
        again.save()
        assert file.read_bytes() == good


def test_digests_that_other_processes_wrote_are_kept(tmp_path: Path) -> None:
    one, two = write_old(tmp_path / "one", b"one"), write_old(tmp_path / "two", b"two")
    first, second = FileDigests(tmp_path / "digests"), FileDigests(tmp_path / "digests")
    befores = [first.of(one), second.of(two)]
    first.save()
    second.save()
    write_old(one, b"eno")
    write_old(two, b"owt")
    third = FileDigests(tmp_path / "digests")
    assert [third.of(one), third.of(two)] == befores
    assert sorted(path.name for path in tmp_path.iterdir()) == ["digests", "one", "two"], "no temporary file is left"


def test_an_unwritable_folder(tmp_path: Path) -> None:
    path = write_old(tmp_path / "x", b"one")
    digests = FileDigests(tmp_path / "x" / "digests")
    before = digests.of(path)
    digests.save()
    write_old(path, b"two")
    assert digests.of(path) == before, "it is remembered all the same"


def test_threads(tmp_path: Path) -> None:
    paths = [write_old(tmp_path / str(number), str(number).encode() * 1000) for number in range(20)]
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
