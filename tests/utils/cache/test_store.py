from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
import pytest

from voxweft.utils.cache.digest import content_digest
from voxweft.utils.cache.entry import CachedSegment, encode_entry
from voxweft.utils.cache.index import IndexRow, SegmentIndex
from voxweft.utils.cache.store import SegmentCache
from voxweft.utils.streaming import SourceSpan, TranscriptUpdate, Word

SAMPLES = 100


def key(number: int) -> str:
    return content_digest(str(number).encode())


def speech(number: int, n_samples: int = SAMPLES) -> CachedSegment:
    samples = np.random.default_rng(number).random(n_samples, dtype=np.float32)
    return CachedSegment(sample_rate=24000, samples=samples, words=(Word("one", 0.0, 0.5, SourceSpan(0, 3)),))


ENTRY_BYTES = sum(map(len, encode_entry(speech(0))))


def same(one: CachedSegment | None, other: CachedSegment) -> bool:
    return one is not None and one.samples.tobytes() == other.samples.tobytes() and one.words == other.words


def file_of(folder: Path, number: int) -> Path:
    return folder / "v1" / key(number)[:2] / f"{key(number)}.seg"


def kept(folder: Path) -> set[str]:
    return {file.stem for file in folder.glob("v1/*/*.seg")}


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[SegmentCache]:
    with SegmentCache(tmp_path, 1 << 20) as opened:
        yield opened


def test_an_entry_is_returned_bit_for_bit(cache: SegmentCache, tmp_path: Path) -> None:
    assert cache.get(key(1)) is None
    assert cache.put(key(1), speech(1))
    assert same(cache.get(key(1)), speech(1))
    assert cache.get(key(2)) is None
    stats = cache.stats()
    assert (stats.hits, stats.misses, stats.writes, stats.entries) == (1, 2, 1, 1)
    assert stats.bytes == ENTRY_BYTES == file_of(tmp_path, 1).stat().st_size
    assert stats.disabled == ""


def test_recognition_is_returned(cache: SegmentCache) -> None:
    update = TranscriptUpdate(text="Hello", words=(Word("Hello", 0.0, 0.5, None, 0.9),), language="en")
    cache.put(key(1), CachedSegment(sample_rate=0, samples=np.zeros(0, np.float32), transcripts=(update,)))
    out = cache.get(key(1))
    assert out is not None
    assert out.transcripts == (update,)


def test_changing_returned_samples_does_not_change_the_cache(cache: SegmentCache) -> None:
    given = speech(1)
    cache.put(key(1), given)
    given.samples[:] = 5.0
    out = cache.get(key(1))
    assert out is not None
    out.samples *= 0.0
    assert same(cache.get(key(1)), speech(1))


def test_a_restart_finds_all_entries(tmp_path: Path) -> None:
    with SegmentCache(tmp_path, 1 << 20) as cache:
        cache.put(key(1), speech(1))
    with SegmentCache(tmp_path, 1 << 20) as cache:
        assert same(cache.get(key(1)), speech(1))
        assert cache.stats().entries == 1


def test_entries_of_a_cache_that_was_not_closed_are_found(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; import numpy as np;"
        "from voxweft.utils.cache.entry import CachedSegment;"
        "from voxweft.utils.cache.store import SegmentCache;"
        "cache = SegmentCache(Path(sys.argv[1]), 1 << 20);"
        "[cache.put(f'{n:032x}', CachedSegment(sample_rate=8000, samples=np.zeros(4, np.float32))) for n in range(9)];"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    with SegmentCache(tmp_path, 1 << 20) as cache:
        assert all(cache.get(f"{n:032x}") is not None for n in range(9))
        assert cache.stats().entries == 9


def test_another_process_hits_new_entries_at_once(cache: SegmentCache, tmp_path: Path) -> None:
    assert cache.get(key(1)) is None
    with SegmentCache(tmp_path, 1 << 20) as other:
        other.put(key(1), speech(1))
        assert same(cache.get(key(1)), speech(1))


def test_a_closed_cache_opens_again(cache: SegmentCache) -> None:
    cache.put(key(1), speech(1))
    cache.close()
    assert cache.put(key(2), speech(2))
    assert same(cache.get(key(1)), speech(1))
    assert cache.stats().entries == 2


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "../../../../etc/passwd",
        "..%2f" * 6 + "aa",
        "a" * 31,
        "a" * 33,
        "A" * 32,
        "g" * 32,
        "a" * 32 + "\n",
        "a" * 31 + "/",
        "a" * 31 + "\0",
        "١" * 32,
    ],
)
def test_no_key_leads_out_of_the_folder(cache: SegmentCache, bad: str) -> None:
    with pytest.raises(ValueError, match="invalid key"):
        cache.get(bad)
    with pytest.raises(ValueError, match="invalid key"):
        cache.put(bad, speech(1))


def test_least_recently_used_entries_are_evicted_first(tmp_path: Path) -> None:
    with SegmentCache(tmp_path, 4 * ENTRY_BYTES) as cache:
        for number in range(4):
            cache.put(key(number), speech(number))
        assert kept(tmp_path) == {key(number) for number in range(4)}
        cache.get(key(0))
        cache.put(key(4), speech(4))
        # The surplus is one entry, and a sixteenth of the size is one more.
        assert kept(tmp_path) == {key(3), key(0), key(4)}
        stats = cache.stats()
    assert (stats.evicted, stats.entries, stats.bytes) == (2, 3, 3 * ENTRY_BYTES)


def test_uses_are_remembered_over_a_restart(tmp_path: Path) -> None:
    with SegmentCache(tmp_path, 4 * ENTRY_BYTES) as cache:
        for number in range(4):
            cache.put(key(number), speech(number))
    with SegmentCache(tmp_path, 4 * ENTRY_BYTES) as cache:
        cache.get(key(1))
        cache.get(key(0))
    with SegmentCache(tmp_path, 4 * ENTRY_BYTES) as cache:
        cache.put(key(4), speech(4))
    assert kept(tmp_path) == {key(1), key(0), key(4)}


def test_a_smaller_size_holds_from_the_next_write(tmp_path: Path) -> None:
    with SegmentCache(tmp_path, 1 << 20) as cache:
        for number in range(20):
            cache.put(key(number), speech(number))
    with SegmentCache(tmp_path, 3 * ENTRY_BYTES) as cache:
        cache.put(key(20), speech(20))
        assert cache.stats().bytes <= 3 * ENTRY_BYTES
    assert key(20) in kept(tmp_path)


def test_an_entry_of_exactly_the_size_is_kept(tmp_path: Path) -> None:
    with SegmentCache(tmp_path, ENTRY_BYTES) as cache:
        for number in range(3):
            assert cache.put(key(number), speech(number))
            assert kept(tmp_path) == {key(number)}


def test_an_entry_over_the_size_is_not_written(tmp_path: Path) -> None:
    with SegmentCache(tmp_path, 2 * ENTRY_BYTES) as cache:
        cache.put(key(1), speech(1))
        assert not cache.put(key(2), speech(2, 3 * SAMPLES))
        assert kept(tmp_path) == {key(1)}
        assert cache.stats().disabled == ""


def test_a_cache_of_zero_bytes_keeps_nothing(tmp_path: Path) -> None:
    with SegmentCache(tmp_path, 0) as cache:
        assert not cache.put(key(1), speech(1))
    with pytest.raises(ValueError, match="cache size '-1'"):
        SegmentCache(tmp_path, -1)


def test_eviction_includes_files_that_others_wrote_or_removed(tmp_path: Path) -> None:
    size = 8 * ENTRY_BYTES
    with SegmentCache(tmp_path, size) as one, SegmentCache(tmp_path, size) as other:
        for number in range(0, 8, 2):
            one.put(key(number), speech(number))
            other.put(key(number + 1), speech(number + 1))
        one.stats()
        other.stats()
        file_of(tmp_path, 0).unlink()
        for number in range(8, 16):
            (one if number % 2 else other).put(key(number), speech(number))
            one.stats()
            other.stats()
        assert sum(file.stat().st_size for file in tmp_path.glob("v1/*/*.seg")) <= size
        assert one.stats().bytes == len(kept(tmp_path)) * ENTRY_BYTES
        assert key(15) in kept(tmp_path)


def test_files_that_no_index_knows_are_evicted_too(tmp_path: Path) -> None:
    with SegmentCache(tmp_path, 4 * ENTRY_BYTES) as cache:
        cache.put(key(0), speech(0))
        for number in range(1, 10):  # as a process that was killed leaves them
            file = file_of(tmp_path, number)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(b"".join(encode_entry(speech(number), key(number))))
            os.utime(file, (1e9 + number, 1e9 + number))
        for number in range(10, 14):
            cache.put(key(number), speech(number))
        assert kept(tmp_path) == {key(11), key(12), key(13)}


def test_many_threads_share_a_cache(tmp_path: Path) -> None:
    with SegmentCache(tmp_path, 20 * ENTRY_BYTES) as cache:

        def work(number: int) -> bool:
            number %= 30
            out = cache.get(key(number))
            return cache.put(key(number), speech(number)) if out is None else same(out, speech(number))

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(work, range(600)))
        stats = cache.stats()
        assert stats.hits + stats.misses == 600
        assert stats.misses == stats.writes
        assert (stats.damaged, stats.disabled) == (0, "")
        report = cache.verify()
        assert report.damaged == ()
        assert report.bytes == report.entries * ENTRY_BYTES <= 20 * ENTRY_BYTES


def test_uses_are_recorded_in_batches(cache: SegmentCache, monkeypatch: pytest.MonkeyPatch) -> None:
    transactions: list[int] = []
    record = SegmentIndex.record

    def counted(index: SegmentIndex, rows: list[IndexRow]) -> None:
        transactions.append(len(rows))
        record(index, rows)

    monkeypatch.setattr(SegmentIndex, "record", counted)
    monkeypatch.setattr("voxweft.utils.cache.store.FLUSH_AFTER_S", 1e9)
    for number in range(300):
        cache.put(key(number), speech(number, 1))
    for _ in range(4):
        for number in range(300):
            assert cache.get(key(number)) is not None
    # 1500 uses; the first write asks for the size of the cache.
    assert transactions == [1, 256, 256, 256, 256, 256]


def test_verify_counts_entries_and_removes_damaged_ones(
    cache: SegmentCache, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(4):
        cache.put(key(number), speech(number))
    file_of(tmp_path, 0).write_bytes(file_of(tmp_path, 0).read_bytes()[:-1])
    file_of(tmp_path, 1).write_bytes(file_of(tmp_path, 2).read_bytes())  # intact, but of another key
    (tmp_path / "v1" / "notes.txt").write_text("not ours")
    (tmp_path / "v1" / "zz").mkdir()
    report = cache.verify()
    assert sorted(report.damaged) == sorted((key(0), key(1)))
    assert (report.entries, report.bytes) == (2, 2 * ENTRY_BYTES)
    assert kept(tmp_path) == {key(2), key(3)}
    assert cache.stats().entries == 2
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert (tmp_path / "v1" / "notes.txt").exists()


def test_clear_removes_every_entry(cache: SegmentCache, tmp_path: Path) -> None:
    for number in range(5):
        cache.put(key(number), speech(number))
    (tmp_path / "v1" / "notes.txt").write_text("not ours")
    assert cache.clear() == 5
    assert kept(tmp_path) == set()
    assert (cache.stats().entries, cache.stats().bytes) == (0, 0)
    assert cache.get(key(1)) is None
    assert cache.put(key(1), speech(1))
    assert cache.stats().entries == 1
    assert (tmp_path / "v1" / "notes.txt").exists()


def test_temporaries_of_dead_writers_are_swept(tmp_path: Path) -> None:
    with SegmentCache(tmp_path, 1 << 20) as cache:
        old, young = tmp_path / "v1" / "tmp" / "old", tmp_path / "v1" / "tmp" / "young"
        for file in (old, young):
            file.write_bytes(b"half an entry")
        os.utime(old, (time.time() - 7200,) * 2)
        assert cache.verify().entries == 0
        assert not old.exists()
        assert young.exists()
        os.utime(young, (time.time() - 7200,) * 2)
    with SegmentCache(tmp_path, 1 << 20):
        assert not young.exists()


def test_the_figures_can_be_printed_as_json(cache: SegmentCache) -> None:
    assert msgspec.json.decode(msgspec.json.encode(cache.stats()))["max_bytes"] == 1 << 20
    assert msgspec.json.decode(msgspec.json.encode(cache.verify()))["damaged"] == []
