"""The segment cache: what a segment is called (`key`), what is kept of it (`entry`), and where (`store`)."""

from .digest import content_digest
from .entry import CachedSegment, EntryError, NewerSchemaError
from .key import EngineIdentity, SegmentKeys, segment_key
from .store import CacheStats, SegmentCache, VerifyReport

__all__ = [
    "CacheStats",
    "CachedSegment",
    "EngineIdentity",
    "EntryError",
    "NewerSchemaError",
    "SegmentCache",
    "SegmentKeys",
    "VerifyReport",
    "content_digest",
    "segment_key",
]
