"""The ComfyUI extension, with the list of its nodes."""

from __future__ import annotations

from comfy_api.v0_0_2 import ComfyExtension, io

from .align import VoxweftAlign
from .audio_ops import VoxweftFit, VoxweftJoin, VoxweftResample
from .cast import VoxweftCast, VoxweftCastList
from .cloning_engines import VoxweftChatterbox, VoxweftPocketTts
from .dub import VoxweftDub
from .engines import VoxweftEngine, VoxweftEspeak, VoxweftFasterWhisper, VoxweftKokoro
from .f5_tts import VoxweftF5Tts
from .files import VoxweftLoadSubtitles, VoxweftLoadText, VoxweftSaveSubtitles
from .lexicon import VoxweftLexicon
from .loudness import VoxweftLoudness
from .manage import VoxweftCache, VoxweftStatus, VoxweftUnload
from .mira_tts import VoxweftMiraTts
from .narrate import VoxweftNarrate
from .regenerate import VoxweftRegenerate
from .speak import VoxweftSpeak
from .transcribe import VoxweftTranscribe
from .verify import VoxweftVerify
from .voice import VoxweftVoice, VoxweftVoiceFromAudio

NODES: list[type[io.ComfyNode]] = [
    VoxweftSpeak,
    VoxweftDub,
    VoxweftNarrate,
    VoxweftRegenerate,
    VoxweftTranscribe,
    VoxweftAlign,
    VoxweftVerify,
    VoxweftEspeak,
    VoxweftKokoro,
    VoxweftChatterbox,
    VoxweftPocketTts,
    VoxweftF5Tts,
    VoxweftMiraTts,
    VoxweftFasterWhisper,
    VoxweftEngine,
    VoxweftVoice,
    VoxweftVoiceFromAudio,
    VoxweftCast,
    VoxweftCastList,
    VoxweftLexicon,
    VoxweftLoadText,
    VoxweftLoadSubtitles,
    VoxweftSaveSubtitles,
    VoxweftJoin,
    VoxweftFit,
    VoxweftResample,
    VoxweftLoudness,
    VoxweftUnload,
    VoxweftCache,
    VoxweftStatus,
]


class VoxweftExtension(ComfyExtension):
    """Voxweft's nodes."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Return the classes of all nodes."""
        return list(NODES)
