"""Store an uploaded file for the duration of its request, under a fixed name."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import UploadFile

from ...media.errors import MediaError
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


def check_recording(path: Path, max_audio_s: float) -> None:
    """Check that an upload is audio that isn't too long, by its header and its packets: nothing is decoded.

    Raises:
        ApiError: 413 for a recording that is too long, 422 for one that can't be read.
    """
    from ...media.audio.duration import packets_length_s  # imports FFmpeg

    try:
        length_s = packets_length_s(path, max_audio_s)
    except MediaError as error:
        # The message names the server's temporary file.
        message = str(error).replace(f"'{path}'", "the recording")
        raise ApiError(422, message, code="bad_recording", param="file") from None
    if length_s > max_audio_s:
        raise too_long(max_audio_s)


def too_long(max_audio_s: float) -> ApiError:
    """Return the error for a recording beyond the limit."""
    message = f"the recording is too long; maximum {max_audio_s:g} s (the server's option --max-audio-s)"
    return ApiError(413, message, code="too_long", param="file")
