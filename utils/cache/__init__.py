"""The segment cache: keys (`key`), the entry format (`entry`), and the store of entries (`store`)."""

from ..streaming.contract.errors import CacheEntryError, NewerSchemaError
from .digest import content_digest
from .entry import CachedSegment
from .key import EngineIdentity, SegmentKeys, segment_key
from .store import CacheStats, SegmentCache, VerifyReport

__all__ = [
    "CacheEntryError",
    "CacheStats",
    "CachedSegment",
    "EngineIdentity",
    "NewerSchemaError",
    "SegmentCache",
    "SegmentKeys",
    "VerifyReport",
    "content_digest",
    "segment_key",
]
