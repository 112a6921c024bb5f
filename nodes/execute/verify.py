"""What the node that listens to speech does: takes out of an AUDIO, and proofs in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from comfy.model_management import throw_exception_if_processing_interrupted

from ...jobs.progress import Progress
from ...jobs.transcribe import Proof, Recogniser, Take, proof, worst
from ...utils.streaming.runtime import Runtime
from ..comfy.audio import Recorded
from ..comfy.memory import present_workers, room_for
from ..comfy.progress import HostProgress


class _Piece(msgspec.Struct, frozen=True):
    text: str
    start_sample: int
    end_sample: int
    status: str = "spoken"


class _Timings(msgspec.Struct, frozen=True):
    sample_rate: int
    pieces: tuple[_Piece, ...] = ()
    cues: tuple[_Piece, ...] = ()


class Numbered(NamedTuple):
    """A take, and the number of its segment, counted from 1 as users do."""

    number: int
    take: Take


def takes_of(audio: Sequence[Recorded], timings: str) -> list[Numbered]:
    """Return the spoken segments of an audio by the timings of Speak or the report of Dub; silent ones are left out.

    ValueError where the two don't belong together.
    """
    try:
        told = msgspec.json.decode(timings, type=_Timings)
    except msgspec.DecodeError as error:
        raise ValueError(f"'timings' is neither Speak's timings nor Dub's report: {error}") from error
    if len(audio) != 1:
        raise ValueError(f"'audio' holds {len(audio)} recordings, and 'timings' tells of one")
    samples, rate = audio[0].mono, audio[0].sample_rate
    pieces = told.pieces or told.cues
    end_sample = max((piece.end_sample for piece in pieces), default=0)
    if rate != told.sample_rate or end_sample > len(samples):
        raise ValueError(
            f"'timings' isn't of this audio: it tells of {end_sample} samples at {told.sample_rate} Hz, and there are "
            f"{len(samples)} at {rate} Hz"
        )
    return [
        Numbered(
            number, Take(text=piece.text, samples=samples[piece.start_sample : piece.end_sample], sample_rate=rate)
        )
        for number, piece in enumerate(pieces, 1)
        if piece.end_sample > piece.start_sample
    ]


def prove_on_host(
    takes: Sequence[Numbered], recogniser: Recogniser, runtime: Runtime, *, node_id: str | None
) -> list[tuple[int, Proof]]:
    """Return the proof of each take with its number. Cancel comes through as it is."""
    if not takes:
        raise ValueError("'timings' has no segment that was spoken: there is nothing to check")
    progress = HostProgress(len(takes), node_id)
    room_for(recogniser.engine, recogniser.model, runtime)
    done: list[tuple[int, Proof]] = []
    try:
        proofs = proof([one.take for one in takes], recogniser, runtime, poll=throw_exception_if_processing_interrupted)
        for numbered, found in zip(takes, proofs, strict=True):
            done.append((numbered.number, found))
            progress.update(Progress(segments_done=len(done), segments_total=len(takes)))
    finally:
        present_workers(runtime)
    progress.flush(now=True)
    return done


def proofs_text(proofs: Sequence[tuple[int, Proof]], worst_count: int) -> tuple[str, str, str, float]:
    """Return the report as JSON, the worst in lines, their numbers, and the rate of the whole."""
    numbers = {found.index: number for number, found in proofs}
    bad = worst((found for _, found in proofs), worst_count)
    lines = [f"{numbers[one.index]}: {one.errors.rate:.0%}  {one.text!r} was heard as {one.heard!r}" for one in bad]
    words = sum(found.errors.words for _, found in proofs)
    rate = sum(found.errors.errors for _, found in proofs) / max(1, words)
    report = {
        "wer": rate,
        "words": words,
        "segments": [
            {
                "number": number,
                "text": found.text,
                "heard": found.heard,
                "wer": found.errors.rate,
                "errors": found.errors.errors,
                "message": found.message,
            }
            for number, found in proofs
        ],
    }
    return (
        msgspec.json.encode(report).decode(),
        "\n".join(lines),
        ", ".join(str(numbers[one.index]) for one in bad),
        rate,
    )
