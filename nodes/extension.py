"""The pack as ComfyUI sees it: an extension with a list of nodes."""

from __future__ import annotations

from comfy_api.v0_0_2 import ComfyExtension, io

from .align import VoxweftAlign
from .cast import VoxweftCast, VoxweftCastList
from .check import VoxweftCheck
from .dub import VoxweftDub
from .engines import VoxweftEngine, VoxweftEspeak, VoxweftFasterWhisper, VoxweftKokoro
from .lexicon import VoxweftLexicon
from .loudness import VoxweftLoudness
from .manage import VoxweftCache, VoxweftStatus, VoxweftUnload
from .narrate import VoxweftNarrate
from .redo import VoxweftRedo
from .sound import VoxweftFit, VoxweftJoin, VoxweftResample
from .speak import VoxweftSpeak
from .texts import VoxweftLoadSubtitles, VoxweftLoadText, VoxweftSaveSubtitles
from .transcribe import VoxweftTranscribe
from .voice import VoxweftVoice, VoxweftVoiceFromAudio

NODES: list[type[io.ComfyNode]] = [
    VoxweftSpeak,
    VoxweftDub,
    VoxweftNarrate,
    VoxweftRedo,
    VoxweftTranscribe,
    VoxweftAlign,
    VoxweftCheck,
    VoxweftEspeak,
    VoxweftKokoro,
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
