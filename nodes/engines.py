"""The nodes that name an engine and its settings."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .common.inputs import check_not_empty, workers_input
from .common.schema import ENGINE, schema

# What benchmarks measured (docs/performance.md); a user who raises this should know it first.
_ESPEAK_WORKERS = "Each more brings eSpeak NG nearly its own share again, up to the processor's cores."
_MODEL_WORKERS = (
    "Each holds the model once more. On one GPU they share its throughput and bring nothing; on a CPU, little, since "
    "one already uses its cores."
)
WHISPER_MODELS = [
    "tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en", "large-v2", "large-v3", "turbo",
    "distil-large-v3",
]  # fmt: skip
DEFAULT_WHISPER_MODEL = "small"


def _engine_output() -> Any:
    return ENGINE.Output(
        "selected", display_name="engine", tooltip="The engine with these settings. It is loaded when a node needs it."
    )


class VoxweftEspeak(io.ComfyNode):
    """The embedded engine, which needs no download."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Espeak",
            "eSpeak NG",
            "Engines",
            "eSpeak NG: small and fast, on the CPU, in more than a hundred languages, with nothing to download.",
            aliases=("espeak", "tts", "engine"),
            inputs=[
                io.String.Input(
                    "voice",
                    default="",
                    tooltip=(
                        "The voice for nodes that name none: a language (de, en-gb) with a variant (de+m3), or empty."
                    ),
                ),
                io.Int.Input(
                    "pitch_range",
                    default=50,
                    min=0,
                    max=100,
                    tooltip="How far the voice moves up and down; 0 is monotone, 50 is its own.",
                ),
                io.Int.Input(
                    "word_gap_ms",
                    default=0,
                    min=0,
                    max=2000,
                    tooltip="A further pause after each word, in milliseconds at speed 1.",
                ),
                workers_input(_ESPEAK_WORKERS),
            ],
            outputs=[_engine_output()],
        )

    @classmethod
    def execute(cls, voice: str, pitch_range: int, word_gap_ms: int, workers: int) -> io.NodeOutput:
        """Return the engine as it is set."""
        from .common.values import EngineValue

        params: dict[str, Any] = {"pitch_range": pitch_range, "word_gap_ms": word_gap_ms}
        return io.NodeOutput(EngineValue(name="espeak", voice=voice.strip(), params=params, workers=workers))


class VoxweftKokoro(io.ComfyNode):
    """The neural voices."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Kokoro",
            "Kokoro",
            "Engines",
            "Kokoro-82M: natural voices in nine languages. Its weights are downloaded once, "
            "with progress, when it first "
            "speaks; offline, `voxweft models pull kokoro` on another machine gets them.",
            aliases=("kokoro", "tts", "engine", "82m"),
            inputs=[
                io.Combo.Input(
                    "voice",
                    options=list(KOKORO_VOICES),
                    default=KOKORO_VOICES[0],
                    tooltip=(
                        "The voice for nodes that name none. Its first letter is the language "
                        "(a: American, b: British, "
                        "e: Spanish ...), the second f or m. For a mix or a voice of your own use a Voice node."
                    ),
                ),
                io.Boolean.Input(
                    "low_latency",
                    default=False,
                    tooltip="Begin with the first clause: sound sooner, with a break here and there. Cached by itself.",
                ),
                workers_input(_MODEL_WORKERS),
            ],
            outputs=[_engine_output()],
        )

    @classmethod
    def execute(cls, voice: str, low_latency: bool, workers: int) -> io.NodeOutput:
        """Return the engine as it is set."""
        from .common.values import EngineValue

        params: dict[str, Any] = {"low_latency": True} if low_latency else {}
        return io.NodeOutput(EngineValue(name="kokoro", voice=voice, params=params, workers=workers))


class VoxweftFasterWhisper(io.ComfyNode):
    """Recognition."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "FasterWhisper",
            "faster-whisper",
            "Engines",
            "Whisper by faster-whisper: speech to text in a hundred languages. Each model is downloaded once, with "
            "progress, when it is first needed.",
            aliases=("whisper", "stt", "asr", "speech to text", "engine"),
            inputs=[
                io.Combo.Input(
                    "model",
                    options=WHISPER_MODELS,
                    default=DEFAULT_WHISPER_MODEL,
                    tooltip=(
                        "Larger ones hear better and take longer. '.en' ones know English alone. turbo: large, hurried."
                    ),
                ),
                io.Int.Input(
                    "beam_size",
                    default=5,
                    min=1,
                    max=100,
                    tooltip="How many hypotheses are kept beside each other; 1 is greedy, and the fastest.",
                ),
                io.Boolean.Input(
                    "vad_filter",
                    default=False,
                    tooltip="Leave out what Silero VAD takes for silence before the model hears it.",
                ),
                io.String.Input("hotwords", default="", tooltip="Names and words to expect, for every window of it."),
                workers_input(_MODEL_WORKERS),
            ],
            outputs=[_engine_output()],
        )

    @classmethod
    def execute(cls, model: str, beam_size: int, vad_filter: bool, hotwords: str, workers: int) -> io.NodeOutput:
        """Return the engine as it is set."""
        from .common.values import EngineValue

        params: dict[str, Any] = {"beam_size": beam_size, "vad_filter": vad_filter}
        if hotwords.strip():
            params["hotwords"] = hotwords.strip()
        return io.NodeOutput(EngineValue(name="faster_whisper", model=model, params=params, workers=workers))


class VoxweftEngine(io.ComfyNode):
    """Whatever else the registry has."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Engine",
            "Any engine",
            "Engines",
            "Any engine that Voxweft finds here, those in environments of their own "
            "included; `voxweft engines` and "
            "the Status node list them.",
            aliases=("tts", "stt", "custom engine"),
            inputs=[
                io.String.Input("name", default="espeak", tooltip="The engine's name, as the Status node lists it."),
                io.String.Input("model", default="", tooltip="One of its models; empty means its default one."),
                io.String.Input(
                    "voice", default="", tooltip="The voice for nodes that name none; empty means its own."
                ),
                io.String.Input(
                    "language",
                    default="",
                    tooltip="The language as a BCP-47 tag (de, pt-BR); empty leaves it to the engine.",
                ),
                io.String.Input(
                    "params",
                    default="",
                    multiline=True,
                    placeholder="beam_size=1",
                    tooltip="The engine's own settings, one a line, as name=value.",
                ),
                workers_input("What more of them bring depends on the engine."),
            ],
            outputs=[_engine_output()],
        )

    @classmethod
    def validate_inputs(cls, name: str | None = None) -> bool | str:
        """Return True, or what is wrong with the name."""
        return check_not_empty("name", name, "which engine?")

    @classmethod
    def execute(cls, name: str, model: str, voice: str, language: str, params: str, workers: int) -> io.NodeOutput:
        """Return the engine as it is set. UnknownEngineError, ValueError for what it isn't or hasn't."""
        from ..utils.streaming.runtime import shared_runtime
        from .common.resolve import read_params
        from .common.values import EngineValue

        spec = shared_runtime().registry.get(name.strip())
        wanted = model.strip()
        if wanted and spec.models and wanted not in spec.models:
            raise ValueError(f"'model' is {wanted!r}; engine '{spec.name}' has {', '.join(spec.models)}")
        settings = read_params(params)
        spec.complete(settings)
        return io.NodeOutput(
            EngineValue(
                name=spec.name,
                model=wanted,
                voice=voice.strip(),
                language=language.strip() or None,
                params=settings,
                workers=workers,
            )
        )


KOKORO_VOICES = (
    "af_heart", "af_alloy", "af_aoede", "af_bella", "af_jessica", "af_kore", "af_nicole", "af_nova", "af_river",
    "af_sarah", "af_sky", "am_adam", "am_echo", "am_eric", "am_fenrir", "am_liam", "am_michael", "am_onyx",
    "am_puck", "am_santa", "bf_alice", "bf_emma", "bf_isabella", "bf_lily", "bm_daniel", "bm_fable", "bm_george",
    "bm_lewis", "ef_dora", "em_alex", "em_santa", "ff_siwis", "hf_alpha", "hf_beta", "hm_omega", "hm_psi",
    "if_sara", "im_nicola", "jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo", "pf_dora",
    "pm_alex", "pm_santa", "zf_xiaobei", "zf_xiaoni", "zf_xiaoxiao", "zf_xiaoyi", "zm_yunjian", "zm_yunxi",
    "zm_yunxia", "zm_yunyang",
)  # fmt: skip
