"""Options that several commands share, and the values they are resolved to."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from ..jobs.levels.leveling import Level
    from ..jobs.transcribe.recognizer import Recognizer
    from ..jobs.voices.speaker import Speaker
    from ..media.subtitles.subtitle_file import SubtitleFormat
    from ..text.lexicon import Lexicon
    from ..utils.streaming import ParamValue
    from ..utils.streaming.contract.engine_spec import EngineSpec
    from ..utils.streaming.runtime import Runtime

AudioFormatName = Literal["wav", "flac", "mp3", "opus", "aac", "m4a", "pcm"]
"""As `media.audio.encode.AUDIO_FORMATS`, which is too slow to import for a help page."""
SubtitleFormatName = Literal["srt", "vtt", "ass"]

Engine = Annotated[
    str,
    typer.Option("--engine", "-e", help="Speech engine (default: the best one that is ready).", show_default=False),
]
ModelName = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        help="Model of the engine (default: its default model, or the first one that has the language; for "
        "recognition: the largest one on this machine).",
        show_default=False,
    ),
]
VoiceName = Annotated[
    str,
    typer.Option(
        "--voice",
        "-v",
        help="Voice of the engine, a mix such as af_bella(2)+af_sky, library:NAME, or a file (.pt, or a recording).",
        show_default=False,
    ),
]
ModelPath = Annotated[
    Path | None,
    typer.Option(
        help="Folder with the files of the engine's model (needs --engine, unless only one engine has models).",
        exists=True,
        file_okay=False,
    ),
]
Device = Annotated[str, typer.Option(help="Compute device: auto, cpu, cuda, mps.", show_default=False)]
Dtype = Annotated[
    str,
    typer.Option(help="Data type, if the engine has a choice: float32, bfloat16, float16.", show_default=False),
]
Commercial = Annotated[bool, typer.Option("--commercial", help="Refuse models whose license forbids commercial use.")]
Language = Annotated[
    str, typer.Option("--language", "-l", help="Language as a BCP-47 tag, such as de or pt-BR.", show_default=False)
]
LanguageOrAuto = Annotated[
    str,
    typer.Option(
        "--language",
        "-l",
        help="Language as a BCP-47 tag, such as de or pt-BR, or auto: that of each sentence, where it is certain.",
        show_default=False,
    ),
]
Speed = Annotated[
    float,
    typer.Option(
        "--speed",
        "-s",
        help="Speed factor; 1.0 is the voice's own speed. For an engine without speed control, the tempo of the "
        "finished audio is changed.",
    ),
]
Seed = Annotated[int, typer.Option(help="Random seed, for engines with randomness.")]
Params = Annotated[
    list[str],
    typer.Option(
        "--param", "-p", help="Set a parameter of the engine; repeatable.", metavar="NAME=VALUE", show_default=False
    ),
]
LowLatency = Annotated[
    bool,
    typer.Option("--low-latency", help="Start the audio sooner, if the engine can; cached separately."),
]
LevelText = Annotated[
    str,
    typer.Option(
        "--level",
        help="Bring every voice to this loudness in LUFS; off leaves voices as they are (default: -18).",
        metavar="LUFS",
        show_default=False,
    ),
]
PauseScale = Annotated[
    float,
    typer.Option(
        help="Factor on the pauses after sentences and paragraphs, 0 to 5; not on those that a script sets.",
    ),
]
Output = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        help="Audio file; its suffix selects the format (.wav, .flac, .mp3, .opus, .m4a, .aac, .pcm). - is stdout.",
    ),
]
Format = Annotated[
    AudioFormatName | None,
    typer.Option("--format", "-f", help="Output format for stdout or an unknown suffix (default: wav)."),
]
BitRate = Annotated[
    str,
    typer.Option(
        "--bit-rate",
        help="Bit rate in kbit/s for mp3, opus, m4a and aac, such as 64k or 64; 0 is the format's default.",
        metavar="KBITS",
        show_default=False,
    ),
]
SampleRate = Annotated[
    int, typer.Option(min=0, max=384_000, help="Output sample rate in Hz; 0 is the engine's own rate.")
]
Float32 = Annotated[bool, typer.Option("--float", help="Write 32-bit float samples (wav) or 24-bit samples (flac).")]
Workers = Annotated[
    int, typer.Option("--workers", "-w", min=1, help="Number of worker processes (>1 only helps eSpeak).")
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither read nor write the segment cache.")]
EngineName = Annotated[str, typer.Argument(help="Engine name; see `voxweft engines`.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Skip the confirmation prompt.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
CastFile = Annotated[
    Path | None,
    typer.Option("--cast", help="Cast file (YAML or JSON) that maps speakers to voices.", dir_okay=False),
]
AsScript = Annotated[
    bool | None,
    typer.Option(
        "--script/--plain",
        help="Read tags, pauses and SSML in the text, or take every character as text "
        "(default: --script with --cast, else --plain).",
        show_default=False,
    ),
]
LexiconFile = Annotated[
    Path | None,
    typer.Option("--lexicon", help="Pronunciation file with lines `word = respelling` or `word = /ipa/`."),
]
Normalize = Annotated[
    bool,
    typer.Option(
        "--normalize/--no-normalize",
        help="Put numbers, times, units, abbreviations and signs into words and leave out Markdown and emoji, or send "
        "the text to the engine as it is (default: --normalize).",
        show_default=False,
    ),
]
NameEmoji = Annotated[bool, typer.Option("--name-emoji", help="Say the names of emoji instead of leaving them out.")]
SubsOut = Annotated[
    Path | None,
    typer.Option("--subs-out", help="Write subtitles (.srt, .vtt, .ass) with the times of the audio.", dir_okay=False),
]
Report = Annotated[Path | None, typer.Option("--report", help="Write a JSON report of every segment.", dir_okay=False)]
OnFailure = Annotated[
    Literal["raise", "report"],
    typer.Option(
        help="If a segment fails: `raise` stops; `report` leaves a gap, names it in the report and exits with 3."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print no progress, tables or notes.")]


def make_speaker(
    runtime: Runtime,
    engine: str,
    model: str,
    voice: str,
    language: str,
    speed: float,
    seed: int,
    params: list[str],
    *,
    low_latency: bool,
) -> Speaker:
    """Return the speaker that the options describe, for a request to resolve. ValueError for an invalid --param."""
    from ..jobs.voices import Speaker
    from ..jobs.voices.speaker import AUTO_LANGUAGE

    registry = runtime.registry
    known = None if voice or language == AUTO_LANGUAGE else language or None
    spec = registry.get(engine) if engine else registry.default("speech", model, known)
    return Speaker(
        engine=engine,
        model=model,
        voice=voice or None,
        language=language or None,
        speed=speed,
        seed=seed,
        params=_params(params, spec),
        low_latency=low_latency,
    )


def make_level(text: str) -> Level:
    """Return the level that --level asks for; None for the user's setting. ValueError for an invalid one."""
    from ..utils.settings import parse_level

    if not text:
        return None
    try:
        level = parse_level(text)
    except ValueError as error:
        raise ValueError(f"--level: {error}") from None
    return "off" if level is None else level


def make_lexicon(file: Path | None) -> Lexicon | None:
    """Read a pronunciation file; None for no file. Raises ValueError or OSError."""
    if file is None:
        return None
    from ..text.lexicon import MAX_LEXICON_BYTES, read_lexicon

    with file.open("rb") as stream:
        data = stream.read(MAX_LEXICON_BYTES + 1)
    try:
        return read_lexicon(data)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None


def subtitle_format(path: PurePath | None) -> SubtitleFormat | None:
    """Return the format of a subtitle file by its suffix; None for no file. ValueError for an unknown suffix."""
    if path is None:
        return None
    formats: dict[str, SubtitleFormat] = {".srt": "srt", ".vtt": "vtt", ".ass": "ass"}
    found = formats.get(path.suffix.lower())
    if found is None:
        raise ValueError(f"unknown suffix of the subtitle file '{path}'; use {', '.join(formats)}")
    return found


def make_recognizer(
    runtime: Runtime,
    engine: str,
    model: str,
    language: str,
    params: list[str],
    *,
    translate: bool,
    prompt: str,
) -> Recognizer:
    """Return the recognizer that the options describe, for a request to resolve. ValueError for an invalid --param."""
    from ..jobs.transcribe import Recognizer

    registry = runtime.registry
    spec = registry.get(engine) if engine else registry.default("recognition", model, language or None)
    return Recognizer(
        engine=engine,
        model=model,
        language=language or None,
        translate=translate,
        prompt=prompt,
        params=_params(params, spec),
    )


def _params(params: list[str], spec: EngineSpec) -> dict[str, ParamValue]:
    from ..jobs.requests.options import parse_params

    try:
        return parse_params(params, spec)
    except ValueError as error:
        raise ValueError(f"--param: {error}") from None
