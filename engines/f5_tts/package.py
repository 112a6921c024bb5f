"""The package's modules, without those that only training needs."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections.abc import Mapping
from types import ModuleType
from typing import Any, NamedTuple

from .errors import F5Error


class Package(NamedTuple):
    """What the engine uses of `f5_tts` and `vocos`.

    Args:
        DiT: The network.
        mel: Turns sound `[batch, n_samples]` into a mel spectrogram `[batch, channels, n_frames]`.
        pinyin: Turns texts into lists of signs.
        time_steps: Returns the steps of a schedule, from 0 to 1.
        vocos: The vocoder's class.
        vocos_parts: The classes of which it is made, by the names that a configuration has for them.
    """

    DiT: Any
    mel: Any
    pinyin: Any
    time_steps: Any
    vocos: Any
    vocos_parts: Mapping[str, Any]


def import_package() -> Package:
    """Import the modules.

    `f5_tts.model` itself imports the trainer, and with it dozens of packages that this engine's environment leaves out:
    its modules are imported without it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package's dependencies, during their import
        spec = importlib.util.find_spec("f5_tts")
        if spec is None or spec.submodule_search_locations is None:
            raise F5Error("the package f5-tts isn't installed; run: voxweft engines install f5_tts")
        if "f5_tts.model" not in sys.modules:
            bare = ModuleType("f5_tts.model")
            bare.__path__ = [f"{folder}/model" for folder in spec.submodule_search_locations]
            sys.modules["f5_tts.model"] = bare
        from f5_tts.model.backbones.dit import DiT
        from f5_tts.model.modules import get_vocos_mel_spectrogram
        from f5_tts.model.utils import convert_char_to_pinyin, get_epss_timesteps
        from vocos import Vocos
        from vocos.feature_extractors import MelSpectrogramFeatures
        from vocos.heads import ISTFTHead
        from vocos.models import VocosBackbone
    parts = {f"{part.__module__}.{part.__name__}": part for part in (MelSpectrogramFeatures, VocosBackbone, ISTFTHead)}
    return Package(DiT, get_vocos_mel_spectrogram, convert_char_to_pinyin, get_epss_timesteps, Vocos, parts)
