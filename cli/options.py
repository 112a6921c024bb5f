"""Options that several commands share, and what they mean together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..engines.registry import EngineRegistry
    from ..jobs.speaker import Speaker
    from ..utils.streaming import ParamValue

Engine = Annotated[str, typer.Option("--engine", "-e", help="The engine that speaks; see `speechloom engines`.")]
VoiceName = Annotated[str, typer.Option("--voice", "-v", help="A voice of the engine; see `speechloom voices`.")]
Language = Annotated[str, typer.Option("--language", "-l", help="The language as a BCP-47 tag, such as de or pt-BR.")]
Speed = Annotated[float, typer.Option("--speed", "-s", help="How fast, as a factor; 1.0 is the voice's own speed.")]
Seed = Annotated[int, typer.Option(help="For engines with randomness: the same seed makes the same sound.")]
Params = Annotated[list[str], typer.Option("--param", "-p", help="A setting of the engine, as name=value.")]
Output = Annotated[str, typer.Option("--output", "-o", help="The WAV file to write; - streams it to stdout.")]
SampleRate = Annotated[int, typer.Option(min=0, max=384_000, help="Hz of the output; 0 keeps the engine's own.")]
Float32 = Annotated[bool, typer.Option("--float", help="32-bit float samples instead of 16-bit.")]
Workers = Annotated[int, typer.Option("--workers", "-w", min=1, help="Worker processes; more help eSpeak on a CPU.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither read nor write the segment cache.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar, no table.")]


def make_speaker(
    registry: EngineRegistry, engine: str, voice: str, language: str, speed: float, seed: int, params: list[str]
) -> Speaker:
    """Return the speaker that the options describe. ValueError names the option that is wrong."""
    from ..jobs.speaker import Speaker
    from ..utils.streaming import NamedVoice

    spec = registry.get(engine)
    settings: dict[str, ParamValue] = {}
    for item in params:
        name, separator, text = item.partition("=")
        if not separator:
            raise ValueError(f"--param takes name=value, not {item!r}")
        declared = spec.params.get(name)
        settings[name] = text if declared is not None and isinstance(declared.default, str) else _value(text)
    return Speaker(
        engine=engine,
        voice=NamedVoice(voice) if voice else None,
        language=language or None,
        speed=speed,
        seed=seed,
        params=settings,
    )


def _value(text: str) -> ParamValue:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (bool, int, float, str)) else text
