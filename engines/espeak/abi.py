"""The part of eSpeak NG's C interface (`speak_lib.h`, `espeak_ng.h` of version 1.52) that the engine uses."""

from __future__ import annotations

import ctypes

OUTPUT_SYNCHRONOUS = 2
DONT_EXIT = 0x8000  # otherwise a missing data file exits the process
CHARS_UTF8 = 1
POS_CHARACTER = 1
EVENT_END_OF_LIST, EVENT_WORD, EVENT_SAMPLE_RATE = 0, 1, 8
GENDERS = {1: "male", 2: "female"}
MAX_DATA_PATH_BYTES = 159  # the library's buffer; with a longer path it uses another folder


class Parameter:
    """The numbers of `espeak_SetParameter`."""

    RATE_WPM = 1
    PITCH = 3
    PITCH_RANGE = 4
    WORD_GAP_10MS = 7


class Id(ctypes.Union):
    """`espeak_EVENT.id`: the sample rate for an event of that type."""

    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_void_p), ("string", ctypes.c_char * 8))


class Event(ctypes.Structure):
    """`espeak_EVENT`."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", Id),
    )


class Voice(ctypes.Structure):
    """`espeak_VOICE`. `languages` is a list of `priority byte, tag, NUL`, ended by a priority of 0."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


SynthCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(Event))


def declare(lib: ctypes.CDLL) -> None:
    """Declare the functions' types. AttributeError if one is missing, as in an older library."""
    voice_pointer = ctypes.POINTER(Voice)
    lib.espeak_ListVoices.restype = ctypes.POINTER(voice_pointer)
    lib.espeak_ListVoices.argtypes = [voice_pointer]
    lib.espeak_GetCurrentVoice.restype = voice_pointer
    lib.espeak_Info.restype = ctypes.c_char_p
    lib.espeak_SetSynthCallback.restype = None
    lib.espeak_SetSynthCallback.argtypes = [SynthCallback]
    lib.espeak_ng_SetRandSeed.argtypes = [ctypes.c_long]
    lib.espeak_ng_SetVoiceByFile.argtypes = [ctypes.c_char_p]
    lib.espeak_Synth.argtypes = [
        *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int),
        *(ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p),
    ]
