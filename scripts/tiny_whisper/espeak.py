"""eSpeak NG through ctypes: speech at 16 kHz, and where each word of it begins.

The library keeps state from one sentence to the next that nothing resets, so what it says depends on all that it has
said. From the first sentence of a process on, the same sentences in the same order sound the same.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any, NamedTuple

import espeakng_loader
import numpy as np
import soxr
from numpy.typing import NDArray

from .units import SAMPLE_RATE_HZ

# From espeak_ng's speak_lib.h.
_SYNCHRONOUS, _BUFFER_MS = 2, 60
_CHARACTERS_UTF8 = 1
_LIST_END, _WORD = 0, 1
_RATE, _PITCH, _RANGE, _WORD_GAP = 1, 3, 4, 7
_SEED = 1


class VoiceSettings(NamedTuple):
    """How eSpeak NG speaks; these are its own defaults. `gap` is the pause between words in units of 10 ms."""

    voice: str = "en-us"
    speed_wpm: int = 175
    pitch: int = 50
    pitch_range: int = 50
    gap: int = 0


PLAIN = VoiceSettings()


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("uid", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


class Espeak:
    """The library, loaded: once in a process. RuntimeError if its data can't be read."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self._rate_hz = self._library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, data, 0)
        if self._rate_hz <= 0:
            raise RuntimeError("eSpeak NG can't read its data: install espeakng_loader anew")
        # It seeds its own generator with the time of day, and some variants draw from the C library's.
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(_SEED))
        ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None).srand(ctypes.c_uint(_SEED))
        self._blocks: list[NDArray[np.int16]] = []
        self._words: list[tuple[int, float]] = []
        prototype = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
        # The library keeps the address alone, so the callback has to live as long.
        self._callback = prototype(self._take)
        self._library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: Any, n_samples: int, events: Any) -> int:
        if n_samples > 0:
            self._blocks.append(np.ctypeslib.as_array(samples, (n_samples,)).copy())
        place = 0
        while events and events[place].type != _LIST_END:
            if events[place].type == _WORD:
                self._words.append((events[place].text_position - 1, events[place].audio_position / 1000))
            place += 1
        return 0

    def say(self, text: str, settings: VoiceSettings = PLAIN) -> tuple[NDArray[np.float32], list[tuple[int, float]]]:
        """Return the speech, `[n]` at 16 kHz, and of each word event the character in `text` and the time in seconds.

        RuntimeError for a voice that eSpeak NG doesn't have, or a text without any sound.
        """
        self._blocks, self._words = [], []
        if self._library.espeak_SetVoiceByName(settings.voice.encode()) != 0:
            raise RuntimeError(f"eSpeak NG has no voice {settings.voice!r}")
        for parameter, value in (
            (_RATE, settings.speed_wpm),
            (_PITCH, settings.pitch),
            (_RANGE, settings.pitch_range),
            (_WORD_GAP, settings.gap),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        data = text.encode()
        size = ctypes.c_size_t(len(data) + 1)
        self._library.espeak_Synth(data, size, 0, 0, 0, _CHARACTERS_UTF8, None, None)
        self._library.espeak_Synchronize()
        if not self._blocks:
            raise RuntimeError(f"eSpeak NG has no sound for {text!r}")
        speech = np.concatenate(self._blocks).astype(np.float32) / 32768
        return soxr.resample(speech, self._rate_hz, SAMPLE_RATE_HZ).astype(np.float32), list(self._words)
