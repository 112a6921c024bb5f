"""Throughput of reading a script with much markup, in megabytes per second."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from voxweft.text.script import read_script
from voxweft.text.script_segments import script_segments
from voxweft.text.segmenter import segment_text
from voxweft.utils.names import name_key
from voxweft.utils.suggestions import nearest

from .bench import median

_SEED = 6
_NAMES = ("Alice", "Bob", "Captain Ahab", "Speaker 1", "Speaker 2")
_VOCABULARY = (
    "the of and a to in is you that it he was for on are with as his they at be this have from or had by but what "
    "window morning letter river garden captain whisper evening journey silver between something remember answered"
)
_WORDS = _VOCABULARY.split()


class _Names:
    """A cast of five speakers."""

    def __init__(self) -> None:
        self._by_key = {name_key(name): name for name in _NAMES}

    def find(self, name: str) -> str | None:
        return self._by_key.get(name_key(name))

    def near(self, name: str) -> tuple[str, ...]:
        return nearest(name, _NAMES)


class _Timed(NamedTuple):
    clock_s: float
    cpu_s: float


def measure_markup(*, megabytes: float, repeats: int) -> dict[str, float]:
    """Return rates in megabytes (10^6 bytes of UTF-8) per second, as medians of alternating repeats.

    `markup_mb_per_s` is parsing and segmentation together, `markup_parse_mb_per_s` parsing alone,
    `markup_plain_mb_per_s` segmentation alone of the same script without markup, and `markup_of_plain` the first
    divided by the last. The `_cpu_` rates use processor time, for a machine with other load.
    """
    script = script_text(megabytes)
    plain = "\n\n".join(passage.text for passage in read_script(script, _Names()))
    size_mb, plain_mb = (len(text.encode()) / 1e6 for text in (script, plain))
    whole: list[_Timed] = []
    parsed: list[_Timed] = []
    cut: list[_Timed] = []
    for _ in range(repeats):
        whole.append(_timed(lambda: script_segments(read_script(script, _Names()))))
        parsed.append(_timed(lambda: read_script(script, _Names())))
        cut.append(_timed(lambda: segment_text(plain)))
    return {
        "markup_mb_per_s": median([size_mb / timed.clock_s for timed in whole]),
        "markup_mb_per_cpu_s": median([size_mb / timed.cpu_s for timed in whole]),
        "markup_parse_mb_per_s": median([size_mb / timed.clock_s for timed in parsed]),
        "markup_parse_mb_per_cpu_s": median([size_mb / timed.cpu_s for timed in parsed]),
        "markup_plain_mb_per_s": median([plain_mb / timed.clock_s for timed in cut]),
        "markup_plain_mb_per_cpu_s": median([plain_mb / timed.cpu_s for timed in cut]),
        "markup_of_plain": median(
            [
                size_mb / script_time.cpu_s / (plain_mb / plain_time.cpu_s)
                for script_time, plain_time in zip(whole, cut, strict=True)
            ]
        ),
    }


def _timed(make: Callable[[], Iterable[object]]) -> _Timed:
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    for _ in make():
        pass
    return _Timed(time.perf_counter() - began_s, time.process_time() - began_cpu_s)


def script_text(megabytes: float) -> str:
    """Return a script of that size: dialogue with a tag every line or two, and narration between."""
    rng = random.Random(_SEED)
    lines: list[str] = []
    n_bytes = 0
    while n_bytes < megabytes * 1e6:
        lines.append(_scene(rng))
        n_bytes += len(lines[-1].encode()) + 2
    return "\n\n".join(lines)


def _scene(rng: random.Random) -> str:
    name = rng.choice(_NAMES)
    return rng.choice(
        (
            f"[{name}] {_speech(rng, 2)}\n[{rng.choice(_NAMES)}|speed:1.1] {_speech(rng, 1)}",
            f"{name}: {_speech(rng, 1)} [pause:{rng.randrange(100, 900)}ms] {_speech(rng, 1)}",
            f"[{name}]\n{_speech(rng, 3)}\n{_speech(rng, 2)}",
            f"{_speech(rng, 4)} [{rng.randrange(1, 99)}] [laughs] {_speech(rng, 1)}",
            f"[de:{name}|seed:7] {_speech(rng, 1)} [wait: 1,5 s] [|speed:0.9] {_speech(rng, 1)}",
            f"He said to [{rng.choice(_WORDS)}](/wɜːd/) it: {_speech(rng, 2)} \\[{rng.choice(_WORDS)}\\]",
        )
    )


def _speech(rng: random.Random, n_sentences: int) -> str:
    sentences = (" ".join(rng.choices(_WORDS, k=rng.randrange(4, 16))).capitalize() for _ in range(n_sentences))
    return " ".join(sentence + rng.choice((".", ".", "?", "!", ", then.")) for sentence in sentences)
