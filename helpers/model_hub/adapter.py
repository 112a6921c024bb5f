"""The download helper, as a worker without segments: it downloads while it loads, and that is all that it does."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ...utils.models.download_order import DownloadOrder
from ...utils.streaming.contract.adapter import AdapterContext, Cancelled, LoadedModel, StreamingAdapter
from ...utils.streaming.contract.events import AdapterEvent
from ...utils.streaming.contract.segment import StreamingSegment
from .download import Download


class HubDownload(StreamingAdapter):
    """Carries out the order in its one parameter; progress and errors take a load's ways."""

    def load(self, context: AdapterContext) -> LoadedModel:
        """Return when every file is in its place. DownloadError says what is in the way."""
        order = msgspec.json.decode(str(context.params["order"]), type=DownloadOrder)
        Download(order, context.progress).run()
        return LoadedModel()

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AdapterEvent]:
        """Raise NotImplementedError: nobody has anything to say to it."""
        raise NotImplementedError
