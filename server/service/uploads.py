"""Store an uploaded file for the duration of its request, under a fixed name."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import UploadFile

from .errors import ApiError, bad_request

_COPY_BYTES = 1 << 20
_RECORDING = "recording"


@contextlib.asynccontextmanager
async def stored_upload(upload: UploadFile, max_bytes: int, param: str) -> AsyncIterator[Path]:
    """Yield an upload as a file in a private temporary folder; both are deleted at the end.

    Raises:
        ApiError: The upload is empty or larger than `max_bytes`.
    """
    with tempfile.TemporaryDirectory(prefix="voxweft-upload-") as folder:
        path = Path(folder) / _RECORDING
        n_bytes = 0
        with path.open("xb") as file:
            while part := await upload.read(_COPY_BYTES):
                n_bytes += len(part)
                if n_bytes > max_bytes:
                    raise ApiError(
                        413, f"the recording is too large; maximum {max_bytes} bytes", code="too_large", param=param
                    )
                await asyncio.to_thread(file.write, part)
        await upload.close()
        if not n_bytes:
            raise bad_request("the file is empty; send a recording", param)
        yield path
