"""Store an uploaded file for the duration of its request, under a fixed name."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from fastapi import UploadFile

from ...media.errors import MediaError
from .errors import ApiError, bad_request

_COPY_BYTES = 1 << 20
_MIB = 1 << 20
_RECORDING = "recording"


def check_size(upload: UploadFile, max_bytes: int, param: str) -> None:
    """Check that an upload has content, and not too much.

    Raises:
        ApiError: It is empty or larger than `max_bytes`.
    """
    n_bytes = upload.file.seek(0, os.SEEK_END)
    upload.file.seek(0)
    if n_bytes > max_bytes:
        raise ApiError(
            413,
            f"the recording has {n_bytes / _MIB:.1f} MiB; maximum {max_bytes / _MIB:g} MiB "
            "(the server's option --max-upload)",
            code="too_large",
            param=param,
        )
    if not n_bytes:
        raise bad_request("the file is empty; send a recording", param)


@contextlib.asynccontextmanager
async def stored_upload(upload: UploadFile, max_bytes: int, param: str) -> AsyncIterator[Path]:
    """Yield an upload as a file in a private temporary folder; both are deleted at the end.

    Raises:
        ApiError: The upload is empty or larger than `max_bytes`.
        OSError: It can't be stored.
    """
    check_size(upload, max_bytes, param)
    with tempfile.TemporaryDirectory(prefix="voxweft-upload-") as folder:
        path = Path(folder) / _RECORDING
        await asyncio.to_thread(_copy, upload.file, path)
        await upload.close()
        yield path


def _copy(source: BinaryIO, path: Path) -> None:
    source.seek(0)
    with path.open("xb") as file:
        shutil.copyfileobj(source, file, _COPY_BYTES)


@contextlib.asynccontextmanager
async def closed_upload(upload: UploadFile) -> AsyncIterator[None]:
    """Close an upload at the end of the block, and with it its temporary file."""
    try:
        yield
    finally:
        await upload.close()


def check_recording(upload: UploadFile, max_bytes: int, max_audio_s: float) -> None:
    """Check that an upload is audio that isn't too long, by its header and its packets: nothing is decoded.

    Raises:
        ApiError: 400 or 413 for an upload that is empty or too large, 413 for a recording that is too long, 422 for one
            that can't be read.
    """
    from ...media.audio.duration import packets_length_s  # imports FFmpeg

    check_size(upload, max_bytes, "file")
    try:
        length_s = packets_length_s(upload.file, max_audio_s)
    except MediaError as error:
        raise ApiError(422, str(error), code="bad_recording", param="file") from None
    if length_s > max_audio_s:
        raise too_long(max_audio_s)


def too_long(max_audio_s: float) -> ApiError:
    """Return the error for a recording beyond the limit."""
    message = f"the recording is too long; maximum {max_audio_s:g} s (the server's option --max-audio-s)"
    return ApiError(413, message, code="too_long", param="file")
