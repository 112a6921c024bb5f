"""The streaming core. This package exports the names that an adapter needs; import all others from their modules."""

from .contract.adapter import AdapterContext, Blob, Cancelled, LoadedModel, StreamingAdapter, VoiceInfo
from .contract.events import (
    AdapterEvent,
    AudioChunk,
    LoadProgress,
    SegmentDone,
    SegmentFailed,
    SegmentStats,
    StreamEvent,
    TranscriptUpdate,
    Word,
)
from .contract.segment import (
    AudioPayload,
    FilePayload,
    ParamValue,
    Payload,
    SegmentContext,
    SourceSpan,
    StreamingSegment,
    TextPayload,
    TimeSlot,
)
from .contract.voice import MixedVoice, NamedVoice, ReferenceVoice, TensorVoice, Voice, VoicePart

__all__ = [
    "AdapterContext",
    "AdapterEvent",
    "AudioChunk",
    "AudioPayload",
    "Blob",
    "Cancelled",
    "FilePayload",
    "LoadProgress",
    "LoadedModel",
    "MixedVoice",
    "NamedVoice",
    "ParamValue",
    "Payload",
    "ReferenceVoice",
    "SegmentContext",
    "SegmentDone",
    "SegmentFailed",
    "SegmentStats",
    "SourceSpan",
    "StreamEvent",
    "StreamingAdapter",
    "StreamingSegment",
    "TensorVoice",
    "TextPayload",
    "TimeSlot",
    "TranscriptUpdate",
    "Voice",
    "VoiceInfo",
    "VoicePart",
    "Word",
]
