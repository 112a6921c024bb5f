"""The download helper: fetches the files of an order."""

from __future__ import annotations

from ...utils.models.download_order import Downloaded, DownloadOrder
from ...utils.streaming.contract.adapter import Cancelled, OnProgress
from ...utils.streaming.contract.helper import HelperProgram
from .download import Download


class HubDownload(HelperProgram[DownloadOrder, Downloaded]):
    """Downloads models. A cancelled download is ended with its process, which keeps what is on the disk."""

    request_type = DownloadOrder

    def run(self, request: DownloadOrder, progress: OnProgress, cancelled: Cancelled) -> Downloaded:
        """Return when every file is in its place. DownloadError says why that is impossible."""
        Download(request, progress).run()
        return Downloaded()
