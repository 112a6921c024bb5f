"""The official voices of Kokoro-82M, and the properties that their names encode."""

from __future__ import annotations

import re
from pathlib import Path

from ...utils.streaming import VoiceInfo
from ...utils.streaming.contract.engine_spec import read_spec
from .common.languages import LANGUAGES

_GENDERS = {"f": "female", "m": "male"}

_NAMES = """
    af_alloy af_aoede af_bella af_heart af_jessica af_kore af_nicole af_nova af_river af_sarah af_sky
    am_adam am_echo am_eric am_fenrir am_liam am_michael am_onyx am_puck am_santa
    bf_alice bf_emma bf_isabella bf_lily bm_daniel bm_fable bm_george bm_lewis
    ef_dora em_alex em_santa
    ff_siwis
    hf_alpha hf_beta hm_omega hm_psi
    if_sara im_nicola
    jf_alpha jf_gongitsune jf_nezumi jf_tebukuro jm_kumo
    pf_dora pm_alex pm_santa
    zf_xiaobei zf_xiaoni zf_xiaoxiao zf_xiaoyi zm_yunjian zm_yunxi zm_yunxia zm_yunyang
"""

OFFICIAL = tuple(_NAMES.split())
"""The 54 voices of version 1.0, by language and name."""

OPENAI_ALIASES = read_spec(Path(__file__).resolve().parent).voice_aliases
"""Aliases: the voices of OpenAI's speech API, with the official voice used for each."""

_PREFIX = re.compile(r"([abefhijpz])([fm])_.")


def language_letter(name: str) -> str | None:
    """Return the letter of a voice's language, None without an official prefix (`af_`)."""
    match = _PREFIX.match(name)
    return None if match is None else match[1]


def describe(name: str) -> VoiceInfo:
    """Return a voice's properties by its name. A user's own file may have the official prefix too."""
    official = name in _OFFICIAL
    match = _PREFIX.match(name)
    return VoiceInfo(
        name=name,
        title=name.partition("_")[2].capitalize() if official else "your own file",
        languages=() if match is None else (LANGUAGES[match[1]].tag,),
        gender="" if match is None else _GENDERS[match[2]],
    )


_OFFICIAL = frozenset(OFFICIAL)
