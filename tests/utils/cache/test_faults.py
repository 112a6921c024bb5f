"""The cache with faults of its disk, its files, its index and other processes."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voxweft.utils.cache.digest import content_digest
from voxweft.utils.cache.entry import ENTRY_SCHEMA, CachedSegment, encode_entry
from voxweft.utils.cache.store import SegmentCache
from voxweft.utils.streaming import Word

COMMON = """
import json, logging, resource, sys
from pathlib import Path
import numpy as np
from voxweft.utils.cache.digest import content_digest
from voxweft.utils.cache.entry import CachedSegment
from voxweft.utils.cache.store import SegmentCache

warnings = []
class Keep(logging.Handler):
    def emit(self, record):
        if record.levelno >= logging.WARNING:
            warnings.append(record.getMessage())
logging.getLogger().addHandler(Keep())

def key(number):
    return content_digest(str(number).encode())

def speech(number, n_samples=100):
    samples = np.random.default_rng(number).random(n_samples, dtype=np.float32)
    return CachedSegment(sample_rate=24000, samples=samples)

def same(one, other):
    return one is not None and one.samples.tobytes() == other.samples.tobytes()
"""


def key(number: int) -> str:
    return content_digest(str(number).encode())


def speech(number: int, n_samples: int = 100) -> CachedSegment:
    samples = np.random.default_rng(number).random(n_samples, dtype=np.float32)
    return CachedSegment(sample_rate=24000, samples=samples, words=(Word("one", 0.0, 0.5),))


ENTRY_BYTES = sum(map(len, encode_entry(speech(0))))


def same(one: CachedSegment | None, other: CachedSegment) -> bool:
    return one is not None and one.samples.tobytes() == other.samples.tobytes() and one.words == other.words


def file_of(folder: Path, number: int) -> Path:
    return folder / "v1" / key(number)[:2] / f"{key(number)}.seg"


def index_of(folder: Path) -> Path:
    return folder / "index-v1.sqlite3"


def fill(folder: Path, count: int) -> None:
    with SegmentCache(folder, 1 << 20) as cache:
        for number in range(count):
            assert cache.put(key(number), speech(number))


# Damaged and foreign entries


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, SegmentCache]]:
    folder = tmp_path_factory.mktemp("cache")
    with SegmentCache(folder, 1 << 20) as cache:
        yield folder, cache


@settings(deadline=None)
@example(position=4, flip=3)  # the position of the schema
@given(position=st.integers(0, ENTRY_BYTES - 1), flip=st.integers(1, 255))
def test_an_entry_with_a_flipped_byte_is_removed_and_can_be_written_again(
    shared: tuple[Path, SegmentCache], position: int, flip: int
) -> None:
    folder, cache = shared
    file = file_of(folder, 1)
    cache.put(key(1), speech(1))
    damaged = bytearray(file.read_bytes())
    damaged[position] ^= flip
    file.write_bytes(damaged)
    before = cache.stats().damaged
    assert cache.get(key(1)) is None
    assert not file.exists()
    assert cache.stats().damaged == before + 1
    assert cache.put(key(1), speech(1))
    assert same(cache.get(key(1)), speech(1))


@pytest.mark.skipif(os.name == "nt", reason="Windows replaces no open file")
def test_an_entry_is_replaced_whole_and_never_written_in_place(tmp_path: Path) -> None:
    with SegmentCache(tmp_path, 1 << 20) as cache:
        cache.put(key(1), speech(1))
        file = file_of(tmp_path, 1)
        with file.open("rb", buffering=0) as reader:  # a reader that is in the middle of the file
            first = reader.read(50)
            cache.put(key(1), speech(2))
            assert first + reader.read() == b"".join(encode_entry(speech(1), key(1)))
        assert file.read_bytes() == b"".join(encode_entry(speech(2), key(1)))


def test_a_damaged_entry_can_be_overwritten_without_a_read(tmp_path: Path) -> None:
    with SegmentCache(tmp_path, 1 << 20) as cache:
        cache.put(key(1), speech(1))
        file_of(tmp_path, 1).write_bytes(b"")
        assert cache.put(key(1), speech(1))
        assert same(cache.get(key(1)), speech(1))


def test_an_entry_of_a_later_release_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with SegmentCache(tmp_path, 1 << 20) as cache:
        cache.put(key(1), speech(1))
        file = file_of(tmp_path, 1)
        newer = (
            struct.pack("<4sHH", b"SLSG", ENTRY_SCHEMA + 1, (ENTRY_SCHEMA + 1) ^ 0xFFFF)
            + file.read_bytes()[8:]
            + b"and more"
        )
        file.write_bytes(newer)
        assert cache.get(key(1)) is None
        assert not cache.put(key(1), speech(1))
        report = cache.verify()
        assert (report.newer, report.damaged) == ((key(1),), ())
        assert file.read_bytes() == newer
        assert cache.stats().damaged == 0
        assert cache.stats().disabled == ""
    assert caplog.records == []


def test_a_folder_with_the_name_of_an_entry_is_a_miss(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with SegmentCache(tmp_path, 1 << 20) as cache:
        file_of(tmp_path, 1).mkdir(parents=True)
        assert cache.get(key(1)) is None
        assert cache.get(key(1)) is None
        assert len(caplog.records) == 1
        assert cache.verify().unreadable == (key(1),)


def test_a_folder_that_the_user_removed_is_created_again(tmp_path: Path) -> None:
    with SegmentCache(tmp_path / "cache", 1 << 20) as cache:
        cache.put(key(1), speech(1))
        shutil.rmtree(tmp_path / "cache")
        assert cache.get(key(1)) is None
        assert cache.put(key(1), speech(1))
        assert same(cache.get(key(1)), speech(1))
        stats = cache.stats()
        assert (stats.entries, stats.bytes, stats.disabled) == (1, ENTRY_BYTES, "")


# The index


def check_all_entries(cache: SegmentCache, count: int) -> None:
    assert all(same(cache.get(key(number)), speech(number)) for number in range(count))
    assert cache.put(key(count), speech(count))
    stats = cache.stats()
    assert (stats.entries, stats.bytes) == (count + 1, (count + 1) * ENTRY_BYTES)
    assert (stats.misses, stats.damaged, stats.disabled) == (0, 0, "")


def remove_index(folder: Path) -> None:
    for file in folder.glob("index-v1.sqlite3*"):
        file.unlink()


def overwrite_index(folder: Path) -> None:
    for file in folder.glob("index-v1.sqlite3*"):
        file.write_bytes(random.Random(1).randbytes(max(file.stat().st_size, 4096)))


def overwrite_all_but_the_first_page(folder: Path) -> None:
    with index_of(folder).open("r+b") as file:
        file.seek(4096)
        file.write(random.Random(1).randbytes(index_of(folder).stat().st_size - 4096))


def truncate_index(folder: Path) -> None:
    index_of(folder).write_bytes(b"")


def put_folder_in_place_of_index(folder: Path) -> None:
    remove_index(folder)
    (index_of(folder) / "held").mkdir(parents=True)


def change_index(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(index_of(folder))) as connection, connection:
        connection.execute(statement)


FAULTS = {
    "deleted": remove_index,
    "overwritten": overwrite_index,
    "overwritten inside": overwrite_all_but_the_first_page,
    "empty": truncate_index,
    "a folder": put_folder_in_place_of_index,
    "of another schema": lambda folder: change_index(folder, "PRAGMA user_version = 99"),
    "without its table": lambda folder: change_index(folder, "DROP TABLE entries"),
    "with another table": lambda folder: change_index(folder, "ALTER TABLE entries RENAME COLUMN bytes TO size"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_fault_of_the_index_loses_an_entry(tmp_path: Path, fault: Any, caplog: pytest.LogCaptureFixture) -> None:
    fill(tmp_path, 30)
    fault(tmp_path)
    with SegmentCache(tmp_path, 1 << 20) as cache:
        check_all_entries(cache, 30)
    assert caplog.records == []


@pytest.mark.parametrize("fault", [remove_index, overwrite_index], ids=["deleted", "overwritten"])
def test_no_fault_of_an_open_index_loses_an_entry(tmp_path: Path, fault: Any) -> None:
    fill(tmp_path, 30)
    with SegmentCache(tmp_path, 1 << 20) as cache:
        assert cache.stats().entries == 30
        fault(tmp_path)
        check_all_entries(cache, 30)
    # The next process opens a file with the entries of this one.
    with closing(sqlite3.connect(index_of(tmp_path))) as connection:
        assert connection.execute("SELECT COUNT(*) FROM entries").fetchone() == (31,)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET bytes = 1 << 40 WHERE key = (SELECT MAX(key) FROM entries)",
        "UPDATE entries SET bytes = 'many'",
        "UPDATE entries SET bytes = x'00', used_ns = x'00'",
        "UPDATE entries SET used_ns = 'never'",
        "UPDATE entries SET key = '../../../' || key",
        "INSERT INTO entries VALUES ('../../../victim', 1 << 40, 0)",
        "INSERT INTO entries VALUES ('../../../victim', 1 << 40, 1 << 62)",
        "INSERT INTO entries SELECT replace(key, '0', '1'), 1 << 40, 0 FROM entries WHERE true ON CONFLICT DO NOTHING",
        "DELETE FROM entries",
    ],
)
def test_an_index_with_wrong_values_evicts_nothing_that_fits(tmp_path: Path, statement: str) -> None:
    fill(tmp_path / "cache", 30)
    victim = tmp_path / "victim.seg"
    victim.write_bytes(b"not the cache's")
    change_index(tmp_path / "cache", statement)
    with SegmentCache(tmp_path / "cache", 31 * ENTRY_BYTES) as cache:
        assert cache.put(key(30), speech(30))
        assert all(same(cache.get(key(number)), speech(number)) for number in range(31))
        assert cache.put(key(31), speech(31))  # one entry too many: now the files are counted
        stats = cache.stats()
        assert stats.bytes == stats.entries * ENTRY_BYTES <= 31 * ENTRY_BYTES
        assert cache.verify().entries == stats.entries
    assert victim.exists()


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_in_the_index_fail_no_job(tmp_path: Path, seed: int) -> None:
    fill(tmp_path, 30)
    noise = random.Random(seed)
    data = bytearray(index_of(tmp_path).read_bytes())
    for _ in range(40):
        data[noise.randrange(len(data))] ^= noise.randrange(1, 256)
    index_of(tmp_path).write_bytes(data)
    with SegmentCache(tmp_path, 31 * ENTRY_BYTES) as cache:
        assert all(same(cache.get(key(number)), speech(number)) for number in range(30))
        for number in range(30, 60):
            assert cache.put(key(number), speech(number))
            assert same(cache.get(key(number)), speech(number))
        cache.verify()  # a rebuild removes damage that no check detects
        assert cache.put(key(60), speech(60))
        assert cache.stats().bytes == len(list(tmp_path.glob("v1/*/*.seg"))) * ENTRY_BYTES <= 31 * ENTRY_BYTES


def test_a_locked_index_blocks_no_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voxweft.utils.cache.index.BUSY_TIMEOUT_S", 0.02)
    fill(tmp_path, 30)
    with closing(sqlite3.connect(index_of(tmp_path), isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("DELETE FROM entries")
        with SegmentCache(tmp_path, 31 * ENTRY_BYTES) as cache:
            check_all_entries(cache, 30)
            assert cache.put(key(31), speech(31))  # it evicts by its own index in memory
            assert cache.stats().bytes <= 31 * ENTRY_BYTES
        other.execute("ROLLBACK")
    with SegmentCache(tmp_path, 31 * ENTRY_BYTES) as cache:
        cache.put(key(32), speech(32))
        assert cache.verify().bytes <= 31 * ENTRY_BYTES


def test_a_stale_index_is_rebuilt(tmp_path: Path) -> None:
    fill(tmp_path, 10)
    old = index_of(tmp_path).read_bytes()
    fill(tmp_path, 30)
    for number in range(5):
        file_of(tmp_path, number).unlink()
    remove_index(tmp_path)
    index_of(tmp_path).write_bytes(old)
    with SegmentCache(tmp_path, 1 << 20) as cache:
        assert all(same(cache.get(key(number)), speech(number)) for number in range(5, 30))
        assert cache.verify().entries == 25
        assert cache.stats().entries == 25


# Several processes

WRITER = (
    COMMON
    + """
folder, size, first, last = Path(sys.argv[1]), *map(int, sys.argv[2:])
with SegmentCache(folder, size) as cache:
    print("ready", flush=True)
    sys.stdin.readline()
    wrong = 0
    for number in range(first, last):
        wrong += not cache.put(key(number), speech(number))
        for other in (number, number - 7, first + last - number):
            found = cache.get(key(other))
            wrong += found is not None and not same(found, speech(other))
    stats = cache.stats()
print(json.dumps({"wrong": wrong, "warnings": warnings, "damaged": stats.damaged, "disabled": stats.disabled}))
"""
)


def start_writer(folder: Path, size: int, first: int, last: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", WRITER, str(folder), str(size), str(first), str(last)]
    return subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("room", [10_000, 60], ids=["with room", "while evicting"])
def test_two_processes_fill_one_cache(tmp_path: Path, room: int) -> None:
    size = room * ENTRY_BYTES
    writers = [start_writer(tmp_path, size, 0, 300), start_writer(tmp_path, size, 150, 450)]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        out, _ = writer.communicate(timeout=60)
        assert json.loads(out) == {"wrong": 0, "warnings": [], "damaged": 0, "disabled": ""}
        assert writer.returncode == 0
    with SegmentCache(tmp_path, size) as cache:
        assert index_of(tmp_path).is_file()
        entries = cache.stats().entries
        report = cache.verify()
        assert report.damaged == ()
        if room > 450:
            assert report.entries == entries == 450
            assert all(cache.get(key(number)) is not None for number in range(450))
        cache.put(key(1000), speech(1000))
        assert cache.stats().bytes <= size
        assert cache.verify().bytes <= size


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_killed_writer_leaves_a_valid_cache(tmp_path: Path) -> None:
    for _ in range(3):
        writer = start_writer(tmp_path, 1 << 30, 0, 1_000_000)
        assert writer.stdout is not None
        assert writer.stdin is not None
        assert writer.stdout.readline() == "ready\n"
        before = len(list(tmp_path.glob("v1/*/*.seg")))
        writer.stdin.write("go\n")
        writer.stdin.flush()
        while len(list(tmp_path.glob("v1/*/*.seg"))) < before + 50 and writer.poll() is None:
            time.sleep(0.005)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        with SegmentCache(tmp_path, 1 << 30) as cache:
            report = cache.verify()
            assert report.entries >= 40
            assert report.damaged == ()
            assert cache.stats().entries == report.entries
            cache.clear()


# The disk

FULL = (
    COMMON
    + """
folder, limit_bytes = Path(sys.argv[1]), int(sys.argv[2])
with SegmentCache(folder, 1 << 30) as cache:
    first = cache.put(key(1), speech(1))
    cache.stats()
    if limit_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY))
    large = speech(2, 500_000)
    written = [cache.put(key(2), large), cache.put(key(3), large)]
    reason = cache.stats().disabled
    answer = {
        "first": first,
        "written": written,
        "missed": cache.get(key(2)) is None,
        "still there": same(cache.get(key(1)), speech(1)),
        "left over": len(list(folder.glob("v1/tmp/*"))),
    }
    import voxweft.utils.cache.store as store
    store.RETRY_AFTER_S = 0.0
    cache._retry_at_s = 0.0
    answer["tried again"] = cache.put(key(2), large)
    if limit_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    answer["room again"] = cache.put(key(4), speech(4)) and same(cache.get(key(4)), speech(4))
    answer["disabled at last"] = cache.stats().disabled
print(json.dumps({**answer, "reason": reason, "warnings": warnings}))
"""
)

READ_ONLY = (
    COMMON
    + """
folder = Path(sys.argv[1])
with SegmentCache(folder, 1 << 30) as cache:
    answer = {
        "read": same(cache.get(key(1)), speech(1)),
        "written": [cache.put(key(2), speech(2)), cache.put(key(3), speech(3))],
        "missed": cache.get(key(2)) is None,
        "read again": same(cache.get(key(1)), speech(1)),
    }
    stats = cache.stats()
    report = cache.verify()
    answer |= {"entries": stats.entries, "intact": report.entries, "hits": stats.hits}
print(json.dumps({**answer, "reason": stats.disabled, "warnings": warnings}))
"""
)

FILL_ONE = (
    COMMON
    + """
with SegmentCache(Path(sys.argv[1]), 1 << 30) as cache:
    assert cache.put(key(1), speech(1))
"""
)


def own_mounts() -> list[str]:
    """Return the command that runs another one with private mounts; skip the test if there is none."""
    command = ["unshare", "--mount"] if hasattr(os, "geteuid") and os.geteuid() == 0 else ["unshare", "-rm"]
    if not shutil.which("unshare"):
        pytest.skip("no unshare here: a tmpfs can't be mounted for a test")
    probe = subprocess.run([*command, "mount", "-t", "tmpfs", "tmpfs", "/tmp"], capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip(f"a tmpfs can't be mounted here: {probe.stderr.decode().strip()}")
    return command


def answer_of(arguments: list[str]) -> dict[str, Any]:
    done = subprocess.run(arguments, stdout=subprocess.PIPE, timeout=60, check=True)
    return json.loads(done.stdout)


def check_full(answer: dict[str, Any]) -> None:
    reason, warnings = answer.pop("reason"), answer.pop("warnings")
    assert answer == {
        "first": True,
        "written": [False, False],
        "missed": True,
        "still there": True,
        "left over": 0,
        "tried again": False,
        "room again": True,
        "disabled at last": "",
    }
    assert len(warnings) == 1
    assert reason
    assert reason in warnings[0]


@pytest.mark.linux
def test_a_full_disk_only_stops_writing(tmp_path: Path) -> None:
    script = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" -c "$3" "$1/cache" 0'
    check_full(answer_of([*own_mounts(), "sh", "-c", script, "sh", str(tmp_path), sys.executable, FULL]))


def test_a_limit_on_file_sizes_only_stops_writing(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="no limits on file sizes here")
    check_full(answer_of([sys.executable, "-c", FULL, str(tmp_path), str(200_000)]))


@pytest.mark.linux
def test_a_disk_without_free_space_is_no_cache(tmp_path: Path) -> None:
    script = (
        'mount -t tmpfs -o size=64k tmpfs "$1" && head -c 1m /dev/zero > "$1/filler" 2>/dev/null;'
        ' exec "$2" -c "$3" "$1/cache"'
    )
    answer = answer_of([*own_mounts(), "sh", "-c", script, "sh", str(tmp_path), sys.executable, READ_ONLY])
    assert answer["written"] == [False, False]
    assert (answer["read"], answer["missed"], answer["entries"]) == (False, True, 0)
    assert "No space left" in answer["reason"]
    assert len(answer["warnings"]) == 1


@pytest.mark.linux
def test_a_read_only_disk_is_still_read(tmp_path: Path) -> None:
    script = (
        'mount -t tmpfs -o size=1m tmpfs "$1" && "$2" -c "$4" "$1" && mount -o remount,ro "$1" &&'
        ' exec "$2" -c "$3" "$1"'
    )
    arguments = ["sh", "-c", script, "sh", str(tmp_path), sys.executable, READ_ONLY, FILL_ONE]
    answer = answer_of([*own_mounts(), *arguments])
    reason, warnings = answer.pop("reason"), answer.pop("warnings")
    assert answer == {
        "read": True,
        "written": [False, False],
        "missed": True,
        "read again": True,
        "entries": 1,
        "intact": 1,
        "hits": 2,
    }
    assert "Read-only" in reason
    assert len(warnings) == 1
    assert reason in warnings[0]


@pytest.mark.parametrize("place", ["file", "file/below", "cache"])
def test_a_folder_that_cannot_be_created_is_no_cache(
    tmp_path: Path, place: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "v1").write_bytes(b"in the way")
    monkeypatch.setattr("voxweft.utils.cache.store.RETRY_AFTER_S", 0.0)
    with SegmentCache(tmp_path / place, 1 << 20) as cache:
        for number in range(3):
            assert cache.get(key(number)) is None
            assert not cache.put(key(number), speech(number))
        stats = cache.stats()
        assert (stats.entries, stats.misses, stats.writes) == (0, 3, 0)
        assert stats.disabled
        assert cache.verify().entries == 0
        assert cache.clear() == 0
        assert len(caplog.records) == 1
        assert stats.disabled in caplog.text
        # After the obstacle is removed, no restart is needed.
        (tmp_path / "file").unlink()
        (tmp_path / "cache" / "v1").unlink()
        assert cache.put(key(1), speech(1))
        assert same(cache.get(key(1)), speech(1))
        assert cache.stats().disabled == ""
        assert cache.stats().entries == 1
