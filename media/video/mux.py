"""Mux a dub into a copy of a video file. All other streams are copied without re-encoding."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import av
import msgspec
import numpy as np
from av.container import InputContainer

from ...utils.atomic_file import atomic_output
from ..audio.encode import AudioEncoder
from ..audio.media_file import Source, open_media
from ..audio.sink import Sink
from ..errors import MediaError
from .captions import TRIED_CUES
from .containers import VideoContainer, container_of
from .dub import Dub
from .dubbed_copy import DubbedCopy
from .length import check_end
from .source_clock import length_of

_TRIED_HZ = 24_000
_BYTES_PER_S = 72_000
"""The dub while it waits to be encoded (float samples without loss), and encoded."""
_MIN_BYTES_PER_S = 500
"""A film of fewer states a wrong length."""


def mux_dub(
    video: Path,
    target: Path,
    speech: Source,
    dub: Dub,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    on_progress: Callable[[float], None] = lambda _fraction: None,
) -> tuple[str, ...]:
    """Write a copy of a video file with a dub to `target`, which appears when it is complete.

    Memory doesn't grow with the length of the file.

    Args:
        speech: The dub's audio in any readable format, from the start of the video.

    Returns:
        Notes on streams that the target's container can't contain.

    Raises:
        MediaError: The file is missing, damaged or cut off, isn't media, has no audio for a voice-over, or its video
            stream doesn't fit into the container.
        ValueError: The target is the file itself or has an unsupported suffix, or the language is invalid.
        JobCancelledError: `cancelled()` returned true.
    """
    container = _checked(video, target, dub)
    with open_media(video) as source, atomic_output(target) as file:
        return _mux(video, source, file, container, speech, dub, lambda mux: mux.run(cancelled, on_progress))


def check_mux(video: Path, target: Path, dub: Dub) -> tuple[str, ...]:
    """Write the header and the first seconds of a dubbed copy to an unnamed file next to `target`, with silent speech.

    So everything is used that could fail: the target's folder, its container with all streams, the encoder, and the
    decoder of the audio for a voice-over. It also looks for the film's end. Returns and raises the same as `mux_dub`.
    """
    container = _checked(video, target, dub)
    check_end(video)
    folder = target.expanduser().resolve().parent
    with open_media(video) as source:
        n_bytes = video.stat().st_size
        _check_room(folder, n_bytes + round(_BYTES_PER_S * min(length_of(source), n_bytes / _MIN_BYTES_PER_S)))
        with tempfile.TemporaryFile(dir=folder) as file:
            speech = io.BytesIO()
            with AudioEncoder(speech, "flac", _TRIED_HZ) as encoder:
                encoder.write(np.zeros(_TRIED_HZ, np.float32))
            speech.seek(0)
            tried = msgspec.structs.replace(dub, subtitles=TRIED_CUES)
            return _mux(
                video, source, cast("BinaryIO", file), container, speech, tried, DubbedCopy.try_start, is_trial=True
            )


def _checked(video: Path, target: Path, dub: Dub) -> VideoContainer:
    """Return the container for a target. ValueError if it is the source file, unsupported, or has no such language."""
    container = container_of(target)
    if target.exists() and target.samefile(video):
        raise ValueError(f"'{target}' is the source file; choose another name for the copy")
    container.language(dub.language)
    return container


def _mux(
    video: Path,
    source: InputContainer,
    file: BinaryIO,
    container: VideoContainer,
    speech: Source,
    dub: Dub,
    run: Callable[[DubbedCopy], None],
    *,
    is_trial: bool = False,
) -> tuple[str, ...]:
    sink = Sink(file)
    output = av.open(sink, mode="w", format=container.muxer, options=container.options)
    try:
        mux = DubbedCopy(video, source, output, container, speech, dub, is_trial=is_trial)
        run(mux)
        output.close()
        sink.check()
    except BaseException as error:
        sink.dead = True
        with contextlib.suppress(av.error.FFmpegError):
            output.close()
        sink.check()  # raises the file's error rather than FFmpeg's
        if isinstance(error, av.error.FFmpegError):
            raise MediaError(
                f"'{video}' can't be written as {container.name} ({error.strerror}); {container.other}"
            ) from error
        raise
    return mux.notes


def _check_room(folder: Path, n_bytes: int) -> None:
    """Raise MediaError if a disk has less free space than a file needs."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise MediaError(
            f"'{folder}' has {free / 1e9:.2f} GB free, but the dubbed copy needs about {n_bytes / 1e9:.2f} GB; "
            "free space, or write to another disk"
        )
