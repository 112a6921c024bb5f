"""Time to Kokoro's first audio for a phrase and a book, compared with the package's pipeline."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from voxweft.utils.streaming import StreamingSegment

from .bench import median, median_with_spread, with_spread
from .kokoro_isolated import Isolated, kokoro_segment
from .kokoro_texts import PHRASE, SHORT, book
from .program import Program

_BASELINE = "baseline_"
_CLAUSE_ENDS = tuple(".!?,;:—…")


def measure_first_audio(
    kokoro: Isolated, baseline: Program, *, warm_ups: int, rounds: int, book_words: int
) -> dict[str, float]:
    """Return times in milliseconds and their ratios, round by round; both sides are warm and run one at a time.

    - Each request follows an untimed short one to the same side, since the first one after a pause is slower.
    - Our time runs from `Runtime.stream` to the first AudioChunk, the package's from the call of `KPipeline` to its
      first result (the only one for the phrase).
    - `book_...` is a text of `book_words` words in one segment that begins with the phrase; `book_ordinary_...` begins
      with another sentence. `book_job_...` speaks the first one as `voxweft say` does.
    - Each `_extra_ms` is the median minus that of the phrase; its spread is over the rounds.
    """
    opened, ordinary = book(book_words, PHRASE), book(book_words)
    segments = {
        "": kokoro_segment(PHRASE),
        "low_latency_": kokoro_segment(PHRASE, low_latency=True),
        "book_": kokoro_segment(opened),
        "book_ordinary_": kokoro_segment(ordinary),
        "book_ordinary_low_latency_": kokoro_segment(ordinary, low_latency=True),
    }
    requests: dict[str, Callable[[], float]] = {
        name: partial(_first_audio_ms, kokoro, segment) for name, segment in segments.items()
    }
    requests["book_job_"] = partial(_first_block_ms, kokoro, opened)
    requests[_BASELINE] = partial(_first_result_ms, baseline)
    times_ms: dict[str, list[float]] = {name: [] for name in requests}
    for number in range(-warm_ups, rounds):
        # Each round starts with another request, as the previous side affects the processor's caches.
        first = number % len(requests)
        for name in [*requests, *requests][first : first + len(requests)]:
            time_ms = requests[name]()
            if number >= 0:
                times_ms[name].append(time_ms)
    return _figures(times_ms)


def _figures(ours_ms: dict[str, list[float]]) -> dict[str, float]:
    theirs_ms = ours_ms.pop(_BASELINE)
    figures = median_with_spread("baseline_first_audio_ms", theirs_ms)
    for name, repeats in ours_ms.items():
        figures |= median_with_spread(f"{name}first_audio_ms", repeats)
    for name, figure in (("", "first_audio_ratio"), ("low_latency_", "first_audio_low_latency_ratio")):
        ratios = [ours / theirs for ours, theirs in zip(ours_ms[name], theirs_ms, strict=True)]
        figures |= median_with_spread(figure, ratios)
    for name in ("book_", "book_ordinary_", "book_ordinary_low_latency_", "book_job_"):
        extras = [long - short for long, short in zip(ours_ms[name], ours_ms[""], strict=True)]
        extra_ms = median(ours_ms[name]) - median(ours_ms[""])
        figures |= with_spread(f"{name}first_audio_extra_ms", extra_ms, extras)
    return figures


def _first_audio_ms(kokoro: Isolated, segment: StreamingSegment) -> float:
    _speak_short(kokoro)
    chunk = kokoro.first_chunk(segment)
    spoken = [word for word in chunk.words if any(map(str.isalnum, word.text))]
    if not spoken or spoken[-1].source is None:
        raise RuntimeError("the first chunk has no word")
    if segment.text.startswith(PHRASE) and not segment.text[spoken[-1].source.end :].startswith(_CLAUSE_ENDS):
        raise RuntimeError(f"the first chunk ends after '{spoken[-1].text}', in the middle of a clause")
    return chunk.after_ms


def _first_block_ms(kokoro: Isolated, text: str) -> float:
    _speak_short(kokoro)
    return kokoro.first_block_ms(text)


def _speak_short(kokoro: Isolated) -> None:
    kokoro.speak([kokoro_segment(SHORT)])


def _first_result_ms(baseline: Program) -> float:
    baseline.ask("first", text=SHORT)
    answer = baseline.ask("first", text=PHRASE)
    if answer["n_more"]:
        raise RuntimeError(f"the pipeline gave {answer['n_more'] + 1} results; expected 1")
    return float(answer["wall_s"]) * 1e3
