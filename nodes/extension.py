"""The pack as ComfyUI sees it: an extension with a list of nodes."""

from __future__ import annotations

from comfy_api.v0_0_2 import ComfyExtension, io

from .align import SpeechloomAlign
from .cast import SpeechloomCast, SpeechloomCastList
from .check import SpeechloomCheck
from .dub import SpeechloomDub
from .engines import SpeechloomEngine, SpeechloomEspeak, SpeechloomFasterWhisper, SpeechloomKokoro
from .lexicon import SpeechloomLexicon
from .loudness import SpeechloomLoudness
from .manage import SpeechloomCache, SpeechloomStatus, SpeechloomUnload
from .narrate import SpeechloomNarrate
from .redo import SpeechloomRedo
from .sound import SpeechloomFit, SpeechloomJoin, SpeechloomResample
from .speak import SpeechloomSpeak
from .texts import SpeechloomLoadSubtitles, SpeechloomLoadText, SpeechloomSaveSubtitles
from .transcribe import SpeechloomTranscribe
from .voice import SpeechloomVoice, SpeechloomVoiceFromAudio

NODES: list[type[io.ComfyNode]] = [
    SpeechloomSpeak,
    SpeechloomDub,
    SpeechloomNarrate,
    SpeechloomRedo,
    SpeechloomTranscribe,
    SpeechloomAlign,
    SpeechloomCheck,
    SpeechloomEspeak,
    SpeechloomKokoro,
    SpeechloomFasterWhisper,
    SpeechloomEngine,
    SpeechloomVoice,
    SpeechloomVoiceFromAudio,
    SpeechloomCast,
    SpeechloomCastList,
    SpeechloomLexicon,
    SpeechloomLoadText,
    SpeechloomLoadSubtitles,
    SpeechloomSaveSubtitles,
    SpeechloomJoin,
    SpeechloomFit,
    SpeechloomResample,
    SpeechloomLoudness,
    SpeechloomUnload,
    SpeechloomCache,
    SpeechloomStatus,
]


class SpeechloomExtension(ComfyExtension):
    """Speechloom's nodes."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Return the classes of all nodes."""
        return list(NODES)
