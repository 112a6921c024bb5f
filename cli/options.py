"""Options that several commands share, and what they mean together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..engines.spec import EngineSpec
    from ..jobs.recogniser import Recogniser
    from ..jobs.speaker import Speaker
    from ..utils.streaming import ParamValue, Voice
    from ..utils.streaming.runtime import Runtime

Engine = Annotated[
    str,
    typer.Option(
        "--engine", "-e", help="The engine that speaks; by default the best one that is ready here.", show_default=False
    ),
]
VoiceName = Annotated[
    str,
    typer.Option("--voice", "-v", help="A voice of the engine, a mix such as af_bella(2)+af_sky, or a .pt file."),
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
EngineName = Annotated[str, typer.Argument(help="The engine; see `speechloom engines`.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")]
_MAX_VOICE_BYTES = 4 << 20
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar, no table.")]


def make_speaker(
    runtime: Runtime, engine: str, voice: str, language: str, speed: float, seed: int, params: list[str]
) -> Speaker:
    """Return the speaker that the options describe. ValueError names the option that is wrong."""
    from ..jobs.speaker import Speaker

    spec = runtime.registry.get(engine) if engine else runtime.registry.default("speech")
    return Speaker(
        engine=spec.name,
        voice=_voice(runtime, spec, voice) if voice else None,
        language=language or None,
        speed=speed,
        seed=seed,
        params=_settings(spec, params),
    )


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
    from ..jobs.recogniser import Recogniser

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


def _voice(runtime: Runtime, spec: EngineSpec, voice: str) -> Voice:
    from ..utils.streaming import TensorVoice
    from ..utils.text.voice_mix import parse_voice

    if spec.can("mix") and voice.endswith(".pt"):
        file = Path(voice).expanduser()
        if file.stat().st_size > _MAX_VOICE_BYTES:
            raise ValueError(f"{file}: a voice is no larger than {_MAX_VOICE_BYTES >> 20} MiB")
        return TensorVoice(runtime.blobs.put(file.read_bytes()))
    return parse_voice(voice, can_mix=spec.can("mix"))


def _value(text: str) -> ParamValue:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (bool, int, float, str)) else text
