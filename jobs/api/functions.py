"""The functions of the Python API: speak, stream, dub, narrate and transcribe.

By default they run on the shared runtime of the process, whose workers stop when the interpreter exits. All of them
block; use the jobs themselves to await or to cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.books import Book, read_book
from ...media.subtitles import Cue, ReadOptions, read_subtitles
from ...media.subtitles.retiming import Retiming
from ...media.subtitles.subtitle_file import summarize
from ...text.lexicon import Lexicon, read_lexicon
from ...utils.streaming import ParamValue, Voice
from ...utils.streaming.runtime import Runtime, shared_runtime
from ...utils.suggestions import did_you_mean
from ..dub import DubMode, DubPlan, DubReport, DubRules, fit, plan_job
from ..dub.cue_times import time_cues
from ..levels.leveling import Level
from ..narrate.run import NarrateReport, run_narration
from ..narrate.settings import NarrateSettings
from ..progress import Progress
from ..requests.dub import DubRequest
from ..requests.narrate import NarrateRequest
from ..requests.options import OnFailure
from ..requests.speak import SpeakRequest
from ..requests.transcribe import TranscribeRequest
from ..run import run
from ..speak import SpeakReport
from ..speak.pauses import Pauses
from ..transcribe import RecognitionProgress, Recognizer, stream_transcript
from ..voices.cast import Cast
from ..voices.speaker import Speaker
from .results import Speech, SpeechStream, Transcript

if TYPE_CHECKING:
    from typing_extensions import Unpack

OnProgress = Callable[[Progress], None]


class SpeakerFields(TypedDict, total=False):
    """The fields of a Speaker, as keyword arguments."""

    engine: str
    model: str
    voice: str | Voice | None
    language: str | None
    speed: float
    seed: int | None
    params: dict[str, ParamValue]
    low_latency: bool


def say(
    text: str,
    speaker: Speaker | None = None,
    *,
    cast: Cast | Path | str | None = None,
    script: bool | None = None,
    lexicon: Lexicon | Path | str | None = None,
    normalize: bool = True,
    name_emoji: bool = False,
    level: Level = None,
    pause_scale: float = 1.0,
    sample_rate: int | None = None,
    workers: int = 1,
    on_failure: OnFailure = "raise",
    on_progress: OnProgress | None = None,
    runtime: Runtime | None = None,
    **fields: Unpack[SpeakerFields],
) -> Speech[SpeakReport]:
    """Speak a text or a script.

    Args:
        text: The text.
        speaker: The speaker; or give the fields of a Speaker as keyword arguments: `engine`, `model`, `voice`,
            `language` (`auto` for that of each sentence), `speed`, `seed`, `params`, `low_latency`. With a cast, the
            fallback speaker.
        cast: The speakers by name: a cast, or the path of a YAML or JSON file.
        script: Whether to interpret tags, pauses and SSML in the text; None: only with a cast.
        lexicon: The pronunciation of words: a lexicon, or the path of a file.
        normalize: Put numbers, times, units, abbreviations and signs into words, and leave markup and emoji out.
        name_emoji: Say the names of emoji instead.
        level: The loudness to bring every voice to, in LUFS; "off" leaves voices as they are. None: the setting
            VOXWEFT_LEVEL, -18 unless it is set.
        pause_scale: A factor on the pauses after sentences (0.3 s, after a short reply 0.2 s) and paragraphs (0.7 s),
            0 to 5; not on those that a script sets.
        sample_rate: Of the result, in Hz; None for the engine's own.
        workers: The number of worker processes.
        on_failure: `raise` raises SegmentError if a segment fails; `report` leaves a gap, which the report names.
        on_progress: Called with the progress after each segment.
        runtime: The runtime to use; None for the process's shared runtime.

    Returns:
        The speech: `samples`, `sample_rate`, `report`, `subtitles` and `save`.

    Raises:
        Error: The text, the speaker or the cast can't be used, or a segment failed.
        ValueError: An argument can't be used.
        OSError: A file can't be read.

    Example:
        >>> vw.say("Hello.", voice="af_heart").save("hello.mp3")
    """
    runtime = runtime or shared_runtime()
    request = SpeakRequest(
        text=text,
        speaker=_speaker(speaker, fields),
        cast=_cast(cast),
        folder=Path(),
        markup=script,
        lexicon=_lexicon(lexicon),
        normalize=normalize,
        name_emoji=name_emoji,
        level=level,
        pauses=Pauses(scale=pause_scale),
        sample_rate=sample_rate,
        workers=workers,
        on_failure=on_failure,
    )
    job = request.job(runtime)
    samples = _samples(run(job, runtime, request.options, on_progress=on_progress))
    return Speech(samples, job.sample_rate, job.report(), job.subtitles())


def stream(
    text: str,
    speaker: Speaker | None = None,
    *,
    cast: Cast | Path | str | None = None,
    script: bool | None = None,
    lexicon: Lexicon | Path | str | None = None,
    normalize: bool = True,
    name_emoji: bool = False,
    level: Level = None,
    pause_scale: float = 1.0,
    sample_rate: int | None = None,
    workers: int = 1,
    on_failure: OnFailure = "raise",
    on_progress: OnProgress | None = None,
    runtime: Runtime | None = None,
    **fields: Unpack[SpeakerFields],
) -> SpeechStream:
    """Speak a text or a script, and yield the audio as it is synthesized. See `say` for the arguments.

    Returns:
        An iterable of blocks, float32 mono `[n_samples]`, with `sample_rate`, and with `report` and `subtitles` of the
        finished segments.

    Example:
        >>> speech = vw.stream("A long text ...", voice="af_heart")
        >>> for block in speech:
        ...     play(block, speech.sample_rate)
    """
    runtime = runtime or shared_runtime()
    request = SpeakRequest(
        text=text,
        speaker=_speaker(speaker, fields),
        cast=_cast(cast),
        folder=Path(),
        markup=script,
        lexicon=_lexicon(lexicon),
        normalize=normalize,
        name_emoji=name_emoji,
        level=level,
        pauses=Pauses(scale=pause_scale),
        sample_rate=sample_rate,
        workers=workers,
        live=True,
        on_failure=on_failure,
    )
    return SpeechStream(request.job(runtime), request, runtime, on_progress)


def dub(
    subtitles: Path | str | Sequence[Cue],
    speaker: Speaker | None = None,
    *,
    mode: Literal["fit", "stretch", "natural", "pad", "concatenate"] = "fit",
    rules: DubRules | None = None,
    reading: ReadOptions | None = None,
    offset_s: float = 0.0,
    rate: str = "",
    cast: Cast | Path | str | None = None,
    keep_sounds: bool = False,
    perform_sounds: bool = False,
    keep_labels: Sequence[str] = (),
    normalize: bool = True,
    name_emoji: bool = False,
    level: Level = None,
    sample_rate: int | None = None,
    workers: int = 1,
    on_failure: OnFailure = "raise",
    on_progress: OnProgress | None = None,
    runtime: Runtime | None = None,
    **fields: Unpack[SpeakerFields],
) -> Speech[DubReport]:
    """Dub subtitles: speak each cue at its time.

    Args:
        subtitles: The path of a file (SRT, WebVTT, ASS, SSA, TTML, ...), or cues.
        speaker: The speaker; or give the fields of a Speaker as keyword arguments. With a cast, the fallback speaker.
        mode: `fit` chooses speeds that fit each cue into its slot; `stretch` also stretches speech to the slot's
            length; `natural` keeps the speed and delays what follows a late cue; `pad` also keeps all pauses;
            `concatenate` leaves out the silence.
        reading: How to read the file: its encoding, its styles, whether faults are errors.
        offset_s: How much later than written all cues are, in seconds; negative: earlier.
        rate: The frame rates that the cues were timed for and that the film has, such as `25:23.976`; empty for none.
        rules: Limits of the speed, of stretching and of delays; None for the mode's own.
        cast: The speakers by name: a cast, or the path of a YAML or JSON file.
        keep_sounds: Speak sound descriptions such as `[door slams]` too.
        perform_sounds: Let engines perform the sounds and moods that they have, such as `(laughs)`.
        keep_labels: Labels to speak, such as `HTML` in `HTML: ...`, though they look like speakers' names.
        normalize: Put numbers, times, units, abbreviations and signs into words, and leave markup and emoji out.
        name_emoji: Say the names of emoji instead.
        level: The loudness to bring every voice to; see `say`.
        sample_rate: Of the result, in Hz; None for the engine's own.
        workers: The number of worker processes.
        on_failure: `raise` raises SegmentError if a cue fails; `report` leaves a gap, which the report names.
        on_progress: Called with the progress after each cue.
        runtime: The runtime to use; None for the process's shared runtime.

    Returns:
        The speech, as long as the subtitles: `samples`, `sample_rate`, `report`, `subtitles` and `save`.

    Raises:
        Error: The subtitles, the speaker or the cast can't be used, or a cue failed.
        ValueError: An argument can't be used.
        OSError: A file can't be read.

    Example:
        >>> vw.dub("film.srt", cast="cast.yaml").save("film.flac")
    """
    runtime = runtime or shared_runtime()
    request = _dub_request(
        subtitles,
        reading,
        offset_s,
        rate,
        speaker=_speaker(speaker, fields),
        cast=_cast(cast),
        folder=Path(),
        mode=DubMode(mode),
        rules=rules,
        keep_sounds=keep_sounds,
        perform_sounds=perform_sounds,
        keep_labels=keep_labels,
        normalize=normalize,
        name_emoji=name_emoji,
        level=level,
        sample_rate=sample_rate,
        workers=workers,
        on_failure=on_failure,
    )
    job = request.job(runtime)
    fit(job, runtime, on_failure=on_failure)
    samples = _samples(run(job, runtime, request.options, on_progress=on_progress))
    return Speech(samples, job.sample_rate, job.report(), job.subtitles())


def plan_dub(
    subtitles: Path | str | Sequence[Cue],
    speaker: Speaker | None = None,
    *,
    mode: Literal["fit", "stretch", "natural", "pad", "concatenate"] = "fit",
    rules: DubRules | None = None,
    reading: ReadOptions | None = None,
    offset_s: float = 0.0,
    rate: str = "",
    cast: Cast | Path | str | None = None,
    keep_sounds: bool = False,
    perform_sounds: bool = False,
    keep_labels: Sequence[str] = (),
    normalize: bool = True,
    name_emoji: bool = False,
    runtime: Runtime | None = None,
    **fields: Unpack[SpeakerFields],
) -> DubPlan:
    """Tell how long each cue will be and what is too long, without speaking. See `dub` for the arguments.

    An engine without estimates speaks each cue to measure it.

    Returns:
        The plan: for each cue the seconds that it asks for and has, its speed, and how many characters would fit.

    Raises:
        Error: The subtitles, the speaker or the cast can't be used.
        ValueError: An argument can't be used.
        OSError: A file can't be read.

    Example:
        >>> [cue.label for cue in vw.plan_dub("film.srt").cues if cue.shorten_to]
    """
    runtime = runtime or shared_runtime()
    request = _dub_request(
        subtitles,
        reading,
        offset_s,
        rate,
        speaker=_speaker(speaker, fields),
        cast=_cast(cast),
        folder=Path(),
        mode=DubMode(mode),
        rules=rules,
        keep_sounds=keep_sounds,
        perform_sounds=perform_sounds,
        keep_labels=keep_labels,
        normalize=normalize,
        name_emoji=name_emoji,
    )
    return plan_job(request.job(runtime), runtime)


def _dub_request(
    subtitles: Path | str | Sequence[Cue],
    reading: ReadOptions | None,
    offset_s: float,
    rate: str,
    *,
    speaker: Speaker,
    **fields: Any,
) -> DubRequest:
    notes: list[str] = []
    if isinstance(subtitles, (str, Path)):
        file = Path(subtitles).expanduser()
        reading = reading or ReadOptions()
        if not reading.language:
            reading = msgspec.structs.replace(reading, language=speaker.language or "")
        read = read_subtitles(file.read_bytes(), name=file.name, options=reading)
        subtitles, notes = read.cues, summarize(read.notes)
    timed = time_cues(subtitles, Retiming.parse(offset_s, rate))
    return DubRequest(cues=timed.cues, notes=(*notes, *timed.notes), speaker=speaker, **fields)


def narrate(
    book: Book | Path | str,
    output: Path | str,
    speaker: Speaker | None = None,
    *,
    settings: NarrateSettings | None = None,
    cast: Cast | Path | str | None = None,
    script: bool | None = None,
    lexicon: Lexicon | Path | str | None = None,
    normalize: bool = True,
    name_emoji: bool = False,
    chapters: Sequence[int] = (),
    restart: bool = False,
    workers: int = 1,
    on_failure: OnFailure = "raise",
    on_progress: OnProgress | None = None,
    runtime: Runtime | None = None,
    **fields: Unpack[SpeakerFields],
) -> NarrateReport:
    """Narrate a book into a folder: an audio file and subtitles for each chapter, and optionally an audiobook.

    The folder keeps every finished segment: the same call resumes a narration that was interrupted.

    Args:
        book: The path of a file (.txt, .md or .epub), or a book.
        output: The folder.
        speaker: The speaker; or give the fields of a Speaker as keyword arguments. With a cast, the fallback speaker.
            Without a voice and a language, the book's language is spoken.
        settings: Formats, pauses, level, loudness and subtitles.
        cast: The speakers by name: a cast, or the path of a YAML or JSON file.
        script: Whether to interpret tags, pauses and SSML in the text; None: only with a cast.
        lexicon: The pronunciation of words: a lexicon, or the path of a file.
        normalize: Put numbers, times, units, abbreviations and signs into words, and leave markup and emoji out.
        name_emoji: Say the names of emoji instead.
        chapters: The numbers of the chapters to make, from 1; empty for all.
        restart: Replace a narration of another book or with other settings in the same folder.
        workers: The number of worker processes.
        on_failure: `raise` raises SegmentError if a segment fails; `report` leaves a gap, which the report names.
        on_progress: Called with the progress after each segment.
        runtime: The runtime to use; None for the process's shared runtime.

    Returns:
        The report: the chapters with their files and durations, and the failed segments.

    Raises:
        Error: The book, the speaker, the cast or the folder can't be used, or a segment failed.
        ValueError: An argument can't be used.
        OSError: A file can't be read or written.

    Example:
        >>> vw.narrate("novel.epub", "novel", settings=vw.NarrateSettings(m4b=True))
    """
    runtime = runtime or shared_runtime()
    if isinstance(book, (str, Path)):
        file = Path(book).expanduser()
        book = read_book(file.read_bytes(), file.name)
    request = NarrateRequest(
        book=book,
        output=Path(output).expanduser(),
        settings=settings or NarrateSettings(),
        speaker=_speaker(speaker, fields),
        cast=_cast(cast),
        folder=Path(),
        markup=script,
        lexicon=_lexicon(lexicon),
        normalize=normalize,
        name_emoji=name_emoji,
        only=chapters,
        workers=workers,
        on_failure=on_failure,
    )
    return run_narration(request.job(runtime), runtime, request.options, restart=restart, on_progress=on_progress)


def transcribe(
    file: Path | str,
    *,
    engine: str = "",
    model: str = "",
    language: str | None = None,
    translate: bool = False,
    prompt: str = "",
    words: bool = True,
    params: Mapping[str, ParamValue] | None = None,
    on_progress: Callable[[RecognitionProgress], None] | None = None,
    runtime: Runtime | None = None,
) -> Transcript:
    """Transcribe a recording, audio or video.

    Args:
        file: Its path.
        engine: The recognition engine; empty for the preferred ready engine.
        model: One of the engine's models; empty for the largest one on this machine.
        language: The spoken language, a BCP-47 tag; None to detect it.
        translate: Translate into English.
        prompt: Text in the style of the recording, with names and spellings to expect.
        words: Whether to recognize the times of words.
        params: The engine's own settings.
        on_progress: Called with the progress, in seconds of the recording.
        runtime: The runtime to use; None for the process's shared runtime.

    Returns:
        The transcript: `text`, `segments`, `language`, `report` and `save`.

    Raises:
        Error: The engine can't be used, or the recognition failed.
        ValueError: An argument can't be used.
        OSError: The file can't be read.

    Example:
        >>> vw.transcribe("talk.mp4").save("talk.srt")
    """
    runtime = runtime or shared_runtime()
    recognizer = Recognizer(
        engine=engine, model=model, language=language, translate=translate, prompt=prompt, params=dict(params or {})
    )
    request = TranscribeRequest(file=Path(file).expanduser(), recognizer=recognizer, words=words)
    job = request.job(runtime)
    for _ in stream_transcript(job, runtime, request.options, on_progress=on_progress):
        pass
    return Transcript(job.report())


def _samples(blocks: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
    parts = list(blocks)
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def _speaker(speaker: Speaker | None, fields: SpeakerFields) -> Speaker:
    """Return the speaker with the given fields replaced. TypeError for one that a Speaker doesn't have."""
    for name in fields:
        if name not in Speaker.__struct_fields__:
            raise TypeError(f"unknown argument '{name}'{did_you_mean(name, Speaker.__struct_fields__)}")
    return msgspec.structs.replace(speaker or Speaker(), **fields)


def _cast(cast: Cast | Path | str | None) -> Cast | Path | None:
    return Path(cast).expanduser() if isinstance(cast, str) else cast


def _lexicon(lexicon: Lexicon | Path | str | None) -> Lexicon | None:
    if not isinstance(lexicon, (str, Path)):
        return lexicon
    file = Path(lexicon).expanduser()
    return read_lexicon(file.read_bytes())
