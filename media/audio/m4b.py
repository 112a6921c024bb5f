"""Write audiobooks: AAC in MP4 with chapter marks, tags and a cover."""

from __future__ import annotations

import io
from collections.abc import Mapping
from fractions import Fraction
from typing import BinaryIO, ClassVar, cast

import av
from av.stream import Disposition
from av.video.stream import VideoStream

from .ffmpeg_writer import FfmpegWriter
from .media_file import set_disposition

_SIGNATURES = {b"\xff\xd8\xff": "jpeg_pipe", b"\x89PNG\r\n\x1a\n": "png_pipe"}
_MAX_COVER_BYTES = 32 << 20
_AUDIOBOOK = "2"
"""iTunes's media type (`stik`) for audiobooks."""


class M4bWriter(FfmpegWriter):
    """Writes a mono audiobook into a seekable file that the caller opens and closes.

    `chapter` marks the start of a chapter. The marks are written twice, since players read one or the other: as a
    QuickTime chapter track, and as Nero's list (maximum 255 chapters).

    Args:
        tags: Title, artist (the author), album, composer (the narrator), date, genre, comment, description, copyright.
        cover: A JPEG or PNG image.

    Raises:
        ValueError: AAC doesn't support the rate or bit rate, the file isn't seekable, or the cover is invalid.
    """

    # FFmpeg's ipod muxer, which writes .m4a, doesn't support covers.
    _MUXER = "mp4"
    _OPTIONS: ClassVar[Mapping[str, str]] = {"brand": "M4B "}

    def __init__(
        self,
        file: BinaryIO,
        sample_rate: int,
        *,
        bit_rate: int | None = None,
        tags: Mapping[str, str] | None = None,
        cover: bytes | None = None,
    ) -> None:
        super().__init__(
            file,
            "m4a",
            sample_rate,
            bit_rate=bit_rate,
            tags={"genre": "Audiobook", "media_type": _AUDIOBOOK, **(tags or {})},
        )
        self._chapters: list[tuple[str, int]] = []
        if cover is not None:
            try:
                self._add_cover(cover)
            except BaseException:
                self.abandon()
                raise

    @property
    def n_chapters(self) -> int:
        """The number of chapters so far."""
        return len(self._chapters)

    def chapter(self, title: str) -> None:
        """Start a chapter at the next sample. ValueError after `close`."""
        if self._closed:
            raise ValueError("the audiobook is closed")
        self._chapters.append((title, self.n_written))

    def close(self) -> None:
        """Write the remaining audio and the chapters. The file stays open, positioned at its end."""
        if not self._closed:
            base = Fraction(1, self.sample_rate)
            starts = [start for _, start in self._chapters]
            ends = [*starts, self.n_written][1:]
            self._container.set_chapters(
                [
                    {"id": at, "start": start, "end": end, "time_base": base, "metadata": {"title": title}}
                    for at, ((title, start), end) in enumerate(zip(self._chapters, ends, strict=True))
                ]
            )
        super().close()

    def _add_cover(self, cover: bytes) -> None:
        found = next((muxer for signature, muxer in _SIGNATURES.items() if cover.startswith(signature)), None)
        if found is None:
            raise ValueError("the cover is neither a JPEG nor a PNG image")
        if len(cover) > _MAX_COVER_BYTES:
            raise ValueError(f"the cover is too large (maximum {_MAX_COVER_BYTES >> 20} MiB)")
        try:
            with av.open(io.BytesIO(cover), format=found) as image:
                stream = cast("VideoStream", self._container.add_stream_from_template(image.streams.video[0]))
                set_disposition(stream, Disposition.attached_pic)
                packet = next(image.demux(video=0))
                packet.stream = stream
                with self._checked():
                    self._container.mux(packet)
        except (av.error.FFmpegError, IndexError) as error:
            raise ValueError(f"the cover can't be read as an image ({error})") from error
