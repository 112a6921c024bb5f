"""Options that several commands share, and what they mean together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from ..jobs.transcribe.recognizer import Recogniser
    from ..jobs.voices import Cast, VoiceFinder
    from ..jobs.voices.speaker import Speaker
    from ..media.subtitles.file import SubtitleFormat
    from ..text.lexicon import Lexicon
    from ..utils.streaming import ParamValue
    from ..utils.streaming.contract.engine_spec import EngineSpec
    from ..utils.streaming.job import StreamOptions
    from ..utils.streaming.runtime import Runtime

Engine = Annotated[
    str,
    typer.Option(
        "--engine", "-e", help="The engine that speaks; by default the best one that is ready here.", show_default=False
    ),
]
VoiceName = Annotated[
    str,
    typer.Option(
        "--voice",
        "-v",
        help="A voice of the engine, a mix such as af_bella(2)+af_sky, library:NAME, or a file (.pt, or a recording).",
    ),
]
ModelPath = Annotated[
    Path | None,
    typer.Option(help="The folder of the engine's model, instead of looking for it.", exists=True, file_okay=False),
]
Device = Annotated[str, typer.Option(help="Where the engine computes: auto, cpu, cuda, mps.")]
Dtype = Annotated[str, typer.Option(help="What it computes in, where it has a choice: float32, bfloat16, float16.")]
Language = Annotated[str, typer.Option("--language", "-l", help="The language as a BCP-47 tag, such as de or pt-BR.")]
Speed = Annotated[float, typer.Option("--speed", "-s", help="How fast, as a factor; 1.0 is the voice's own speed.")]
Seed = Annotated[int, typer.Option(help="For engines with randomness: the same seed makes the same sound.")]
Params = Annotated[list[str], typer.Option("--param", "-p", help="A setting of the engine, as name=value.")]
Output = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        help="The file to write, as its suffix says: wav, flac, mp3, opus, m4a, aac or pcm; - streams to stdout.",
    ),
]
Format = Annotated[str, typer.Option("--format", help="The format on stdout (wav by default), or of an odd suffix.")]
BitRate = Annotated[str, typer.Option("--bitrate", help="Bits a second of mp3, opus, m4a and aac, such as 64k.")]
SampleRate = Annotated[int, typer.Option(min=0, max=384_000, help="Hz of the output; 0 keeps the engine's own.")]
Float32 = Annotated[bool, typer.Option("--float", help="32-bit float samples in wav, 24 bits in flac, instead of 16.")]
Workers = Annotated[int, typer.Option("--workers", "-w", min=1, help="Worker processes; more help eSpeak on a CPU.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither read nor write the segment cache.")]
EngineName = Annotated[str, typer.Argument(help="The engine; see `voxweft engines`.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")]
CastFile = Annotated[
    Path | None,
    typer.Option("--cast", help="Who speaks: a cast of names and voices, in YAML or JSON.", dir_okay=False),
]
_LOOK_AHEAD = 16
"""Where memory holds only one of a cast's models, so many segments are gone through each time that one is loaded."""
AsScript = Annotated[
    bool | None,
    typer.Option(
        "--script/--plain",
        help="Whether tags, pauses and SSML are read as such; by default with --cast; else every character is text.",
        show_default=False,
    ),
]
LexiconFile = Annotated[
    Path | None,
    typer.Option("--lexicon", help="How words are spoken: a file of `word = respelling` and `word = /ipa/`."),
]
SubsOut = Annotated[
    Path | None, typer.Option(help="Write subtitles (.srt, .vtt, .ass) at the times of the audio.", dir_okay=False)
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar, no table.")]


def make_speaker(
    runtime: Runtime, engine: str, voice: str, language: str, speed: float, seed: int, params: list[str]
) -> Speaker:
    """Return the speaker that the options describe. ValueError names the option that is wrong."""
    from ..jobs.voices.speaker import Speaker

    spec = runtime.registry.get(engine) if engine else runtime.registry.default("speech")
    return Speaker(
        engine=spec.name,
        voice=voice_finder(runtime, Path())(voice, spec) if voice else None,
        language=language or None,
        speed=speed,
        seed=seed,
        params=_settings(spec, params),
    )


def voice_finder(runtime: Runtime, folder: Path) -> VoiceFinder:
    """Return what finds voices in the library, and in files relative to a folder."""
    from ..jobs.voices import VoiceFinder, VoiceLibrary

    return VoiceFinder(runtime.blobs, runtime.registry, VoiceLibrary(runtime.settings.voice_folders), folder)


def make_cast(runtime: Runtime, file: Path | None, speaker: Speaker) -> Cast | None:
    """Return the cast in a file, its voices settled; None for no file. ValueError or OSError says what is wrong.

    `speaker`, as the options describe him, is its narrator. If it has one of its own, the options may not have chosen
    another.
    """
    if file is None:
        return None
    from ..jobs.voices import VoiceLibrary, read_cast
    from ..jobs.voices.cast import as_narrator
    from ..jobs.voices.speaker import Speaker
    from ..jobs.voices.yaml_json import MAX_BYTES

    with file.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    read = read_cast(data, file.name, presets=VoiceLibrary(runtime.settings.voice_folders).presets())
    default = Speaker(engine=runtime.registry.default("speech").name)
    if read.narrator is not None and speaker != default:
        raise ValueError(f"{file.name} has a narrator of its own; leave out the options that describe another one")
    cast = read.with_narrator(as_narrator(speaker))
    return cast.check(runtime.registry, voice_finder(runtime, file.parent))


def make_lexicon(file: Path | None) -> Lexicon | None:
    """Return how words are to be spoken; None for no file. ValueError or OSError says what is wrong with it."""
    if file is None:
        return None
    from ..text.lexicon import MAX_LEXICON_BYTES, read_lexicon

    with file.open("rb") as stream:
        data = stream.read(MAX_LEXICON_BYTES + 1)
    try:
        return read_lexicon(data)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None


def stream_options(workers: int, cast: Path | None, on_failure: Literal["raise", "report"] = "raise") -> StreamOptions:
    """Return how a job with or without a cast is run."""
    from ..utils.streaming.job import StreamOptions

    if cast is None:
        return StreamOptions(workers=workers, on_failure=on_failure)
    return StreamOptions(workers=workers, on_failure=on_failure, look_ahead=_LOOK_AHEAD)


def subtitle_format(path: Path | None) -> SubtitleFormat | None:
    """Return the format of a subtitle file by its suffix; None for no file. ValueError for one that isn't written."""
    if path is None:
        return None
    formats: dict[str, SubtitleFormat] = {".srt": "srt", ".vtt": "vtt", ".ass": "ass"}
    known = formats.get(path.suffix.lower())
    if known is None:
        raise ValueError(f"{path}: subtitles are written as {', '.join(formats)}")
    return known


def make_recogniser(
    runtime: Runtime,
    engine: str,
    model: str,
    language: str,
    params: list[str],
    *,
    translate: bool,
    prompt: str,
    words: bool,
) -> Recogniser:
    """Return the recogniser that the options describe. ValueError names the option that is wrong."""
    from ..jobs.transcribe.recognizer import Recogniser

    spec = runtime.registry.get(engine) if engine else runtime.registry.default("recognition")
    settings = _settings(spec, params)
    if words and "word_timestamps" in spec.params:
        settings.setdefault("word_timestamps", True)
    return Recogniser(
        engine=spec.name,
        model=model,
        language=language or None,
        translate=translate,
        prompt=prompt,
        params=settings,
    )


def _settings(spec: EngineSpec, params: list[str]) -> dict[str, ParamValue]:
    settings: dict[str, ParamValue] = {}
    for item in params:
        name, separator, text = item.partition("=")
        if not separator:
            raise ValueError(f"--param takes name=value, not {item!r}")
        declared = spec.params.get(name)
        settings[name] = text if declared is not None and isinstance(declared.default, str) else _value(text)
    return settings


def _value(text: str) -> ParamValue:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (bool, int, float, str)) else text
