"""The download helper: downloads the files of an order."""

from __future__ import annotations

from ...utils.models.download_order import Downloaded, DownloadOrder
from ...utils.streaming.contract.adapter import Cancelled, OnProgress
from ...utils.streaming.contract.helper import HelperProgram
from .download import Download


class HubDownload(HelperProgram[DownloadOrder, Downloaded]):
    """Downloads models. A cancel ends the process; complete and partial files stay on the disk."""

    request_type = DownloadOrder

    def run(self, request: DownloadOrder, progress: OnProgress, cancelled: Cancelled) -> Downloaded:
        """Download all files of an order. DownloadError gives the reason if that fails."""
        Download(request, progress).run()
        return Downloaded()
