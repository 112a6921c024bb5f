"""The nodes that select an engine and its settings."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .common.engine_lists import DEFAULT_WHISPER_MODEL, KOKORO_VOICES, WHISPER_MODELS
from .common.inputs import check_not_empty, low_latency_input, workers_input
from .common.schema import ENGINE, schema

# Measured by the benchmarks; see docs/performance.md.
_ESPEAK_SCALING = "Each one adds almost its full throughput, up to the number of CPU cores."
MODEL_SCALING = (
    "Each loads its own copy of the model. More than one rarely helps: one already uses the GPU, or most CPU cores."
)


def engine_output() -> Any:
    """Return the socket of an engine with its settings."""
    return ENGINE.Output(
        "selected",
        display_name="engine",
        tooltip="The engine with these settings. Its model is loaded when a node first needs it.",
    )


class VoxweftEspeak(io.ComfyNode):
    """Select eSpeak NG, the built-in engine that needs no download."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Espeak",
            "eSpeak NG",
            "Engines",
            "eSpeak NG: small and fast, runs on the CPU, speaks over 100 languages, needs no download.",
            aliases=("espeak", "tts", "engine"),
            inputs=[
                io.String.Input(
                    "voice",
                    default="",
                    tooltip=(
                        "The default voice of this engine: a language (de, en-gb), optionally with a variant (de+m3). "
                        "Empty: en-us."
                    ),
                ),
                io.Int.Input(
                    "pitch",
                    default=50,
                    min=0,
                    max=99,
                    tooltip="Base pitch of the voice; 50 is its normal pitch.",
                ),
                io.Int.Input(
                    "pitch_range",
                    default=50,
                    min=0,
                    max=100,
                    tooltip="How much the pitch varies; 0 is monotone, 50 is the voice's normal range.",
                ),
                io.Int.Input(
                    "word_gap_ms",
                    default=0,
                    min=0,
                    max=2000,
                    tooltip="Extra pause between words, in milliseconds at speed 1.",
                ),
                workers_input(_ESPEAK_SCALING),
            ],
            outputs=[engine_output()],
        )

    @classmethod
    def execute(cls, voice: str, pitch: int, pitch_range: int, word_gap_ms: int, workers: int) -> io.NodeOutput:
        """Return the engine with its settings."""
        from .common.values import EngineValue

        params: dict[str, Any] = {"pitch": pitch, "pitch_range": pitch_range, "word_gap_ms": word_gap_ms}
        return io.NodeOutput(EngineValue(name="espeak", voice=voice.strip(), params=params, workers=workers))


class VoxweftKokoro(io.ComfyNode):
    """Select Kokoro, the engine with neural voices."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Kokoro",
            "Kokoro",
            "Engines",
            "Kokoro-82M: natural voices in nine languages. Its weights are downloaded when it first speaks, with "
            "progress on the node.",
            aliases=("kokoro", "tts", "engine", "82m"),
            inputs=[
                io.Combo.Input(
                    "voice",
                    options=list(KOKORO_VOICES),
                    default=KOKORO_VOICES[0],
                    tooltip=(
                        "The default voice of this engine. The first letter is the language (a: American English, b: "
                        "British English, e: Spanish ...), the second is f (female) or m (male). For a mix, use a "
                        "Voice node."
                    ),
                ),
                io.Boolean.Input(
                    "low_latency",
                    default=False,
                    tooltip=(
                        "Send the first sentence in parts, cut at commas: playback starts sooner. Its words and pauses "
                        "stay the same; the sound differs slightly, so it is cached separately."
                    ),
                ),
                workers_input(MODEL_SCALING),
            ],
            outputs=[engine_output()],
        )

    @classmethod
    def execute(cls, voice: str, low_latency: bool, workers: int) -> io.NodeOutput:
        """Return the engine with its settings."""
        from .common.values import EngineValue

        return io.NodeOutput(EngineValue(name="kokoro", voice=voice, low_latency=low_latency, workers=workers))


class VoxweftFasterWhisper(io.ComfyNode):
    """Select faster-whisper, the recognition engine."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "FasterWhisper",
            "faster-whisper",
            "Engines",
            "Whisper via faster-whisper: speech recognition in about 100 languages. A model is downloaded when it is "
            "first used, with progress on the node.",
            aliases=("whisper", "stt", "asr", "speech to text", "engine"),
            inputs=[
                io.Combo.Input(
                    "model",
                    options=list(WHISPER_MODELS),
                    default=DEFAULT_WHISPER_MODEL,
                    tooltip=(
                        "Larger models are more accurate and slower. Models ending in '.en' recognize English only. "
                        "turbo: a faster large-v3."
                    ),
                ),
                io.Int.Input(
                    "beam_size",
                    default=5,
                    min=1,
                    max=100,
                    tooltip="Number of hypotheses kept while decoding; 1 is greedy decoding, the fastest.",
                ),
                io.Boolean.Input(
                    "vad_filter",
                    default=False,
                    tooltip="Skip the parts that Silero VAD classifies as silence.",
                ),
                io.String.Input(
                    "hotwords", default="", tooltip="Names and words to expect; the model sees them in every window."
                ),
                workers_input(MODEL_SCALING),
            ],
            outputs=[engine_output()],
        )

    @classmethod
    def execute(cls, model: str, beam_size: int, vad_filter: bool, hotwords: str, workers: int) -> io.NodeOutput:
        """Return the engine with its settings."""
        from .common.values import EngineValue

        params: dict[str, Any] = {"beam_size": beam_size, "vad_filter": vad_filter}
        if hotwords.strip():
            params["hotwords"] = hotwords.strip()
        return io.NodeOutput(EngineValue(name="faster_whisper", model=model, params=params, workers=workers))


class VoxweftEngine(io.ComfyNode):
    """Select any engine by its name."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Engine",
            "Any engine",
            "Engines",
            "Selects any installed engine by name, including engines in separate virtual environments. The Status "
            "node lists them.",
            aliases=("tts", "stt", "custom engine"),
            inputs=[
                io.String.Input("name", default="espeak", tooltip="The engine's name, as the Status node lists it."),
                io.String.Input(
                    "model",
                    default="",
                    tooltip="A model of the engine. Empty: its default, or the first one that has the language.",
                ),
                io.String.Input(
                    "voice",
                    default="",
                    tooltip="The default voice for nodes that select none. Empty: the engine's own default.",
                ),
                io.String.Input(
                    "language",
                    default="",
                    tooltip="The language as a BCP-47 tag (de, pt-BR). Empty: the engine's or the voice's language.",
                ),
                io.String.Input(
                    "params",
                    default="",
                    multiline=True,
                    placeholder="beam_size=1",
                    tooltip="The engine's own settings as name=value, one per line.",
                ),
                workers_input("Whether more than one helps depends on the engine."),
                low_latency_input(),
            ],
            outputs=[engine_output()],
        )

    @classmethod
    def validate_inputs(cls, name: str | None = None) -> bool | str:
        """Return True, or what is wrong with the name."""
        return check_not_empty("name", name, "enter the name of an engine; the Status node lists them")

    @classmethod
    def execute(
        cls,
        name: str,
        model: str,
        voice: str,
        language: str,
        params: str,
        workers: int,
        low_latency: bool = False,
    ) -> io.NodeOutput:
        """Return the engine with its settings.

        Raises:
            UnknownEngineError: no engine has that name.
            ValueError: the engine has no such model or setting, or the model doesn't have the language.
        """
        from ..utils.streaming.runtime import shared_runtime
        from .common.resolve import read_params
        from .common.values import EngineValue

        registry = shared_runtime().registry
        spec = registry.get(name.strip())
        model = model.strip()
        if spec.models or not model:
            registry.check_language(spec, language.strip() or None, model)
        settings = read_params(params, spec)
        spec.complete(settings)
        return io.NodeOutput(
            EngineValue(
                name=spec.name,
                model=model,
                voice=voice.strip(),
                language=language.strip() or None,
                params=settings,
                low_latency=low_latency,
                workers=workers,
            )
        )
