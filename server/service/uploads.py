"""What a client sends as a file: kept under a name of ours while it is needed, and no longer."""

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
async def uploaded(upload: UploadFile, most_bytes: int, param: str) -> AsyncIterator[Path]:
    """Give an upload as a file in a folder that nobody else may read; both are deleted at the end.

    ApiError for one that is empty or larger than `most_bytes`.
    """
    with tempfile.TemporaryDirectory(prefix="voxweft-upload-") as folder:
        path = Path(folder) / _RECORDING
        n_bytes = 0
        with path.open("xb") as file:
            while part := await upload.read(_COPY_BYTES):
                n_bytes += len(part)
                if n_bytes > most_bytes:
                    raise ApiError(413, f"a recording may have {most_bytes} bytes", code="too_large", param=param)
                await asyncio.to_thread(file.write, part)
        await upload.close()
        if not n_bytes:
            raise bad_request("the file is empty", param)
        yield path
