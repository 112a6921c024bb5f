from __future__ import annotations

import io
import struct

import av
import numpy as np
import pytest
from av.stream import Disposition

from voxweft.media.audio.m4b import M4bWriter
from voxweft.utils.atomic_file import atomic_output


def image(codec: str, pixels: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="image2pipe") as container:
        stream = container.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = 32, 48, pixels
        picture = av.VideoFrame.from_ndarray(np.full((48, 32, 3), 200, np.uint8), format="rgb24")
        container.mux([*stream.encode(picture), *stream.encode(None)])
    return file.getvalue()


def tone(n: int, rate: int) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * 300 * np.arange(n) / rate)).astype(np.float32)


def nero_chapters(data: bytes) -> list[tuple[float, str]]:
    """Return the chapters in Nero's list: (start in seconds, title)."""
    at = data.index(b"chpl") + 4 + 4 + 4
    n, at = data[at], at + 1
    found = []
    for _ in range(n):
        start, length = struct.unpack_from(">QB", data, at)
        found.append((start / 1e7, data[at + 9 : at + 9 + length].decode()))
        at += 9 + length
    return found


@pytest.mark.parametrize(("codec", "pixels"), [("mjpeg", "yuvj420p"), ("png", "rgb24")])
def test_an_audiobook_with_tags_cover_and_chapters(codec, pixels):
    cover = image(codec, pixels)
    file = io.BytesIO()
    tags = {"title": "Der Zauberberg", "artist": "Th. Mann", "album": "Der Zauberberg", "composer": "Änne"}
    book = M4bWriter(file, 22050, tags=tags, cover=cover)
    for at in range(300):
        book.chapter(f"Kapitel {at + 1}: Ö")
        book.write(tone(2205 + at, 22050))
    assert book.n_chapters == 300
    book.close()
    book.close()
    starts = np.cumsum([0] + [2205 + at for at in range(300)])
    with av.open(io.BytesIO(file.getvalue())) as container:
        assert container.metadata["major_brand"] == "M4B "
        assert container.metadata.items() >= {**tags, "genre": "Audiobook", "media_type": "2"}.items()
        assert container.duration / av.time_base == pytest.approx(starts[-1] / 22050, abs=2e-6)
        found = container.chapters()
        assert [chapter["metadata"]["title"] for chapter in found] == [f"Kapitel {at + 1}: Ö" for at in range(300)]
        seconds = [
            (float(chapter["start"] * chapter["time_base"]), float(chapter["end"] * chapter["time_base"]))
            for chapter in found
        ]
        np.testing.assert_allclose(seconds, np.stack([starts[:-1], starts[1:]], axis=1) / 22050, atol=1e-4)
        picture = container.streams.video[0]
        assert picture.disposition & Disposition.attached_pic
        assert bytes(next(container.demux(picture))) == cover
        assert (picture.width, picture.height) == (32, 48)
    nero = nero_chapters(file.getvalue())
    assert len(nero) == 255
    assert nero[1] == (pytest.approx(2205 / 22050, abs=1e-4), "Kapitel 2: Ö")


def test_without_cover_or_chapters():
    file = io.BytesIO()
    book = M4bWriter(file, 24000)
    book.write(tone(24000, 24000))
    book.close()
    with av.open(io.BytesIO(file.getvalue())) as container:
        assert [stream.type for stream in container.streams] == ["audio"]
        assert container.chapters() == []
    with pytest.raises(ValueError, match="closed"):
        book.chapter("late")


@pytest.mark.parametrize(
    "cover", [b"GIF89a", b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n" + bytes(40), b"#EXTM3U\nfile:///etc/passwd"]
)
def test_an_invalid_cover_raises(cover, tmp_path):
    with pytest.raises(ValueError, match="cover"), atomic_output(tmp_path / "x.m4b") as file:
        M4bWriter(file, 24000, cover=cover)
    assert list(tmp_path.iterdir()) == []


def test_the_output_is_deterministic():
    books = []
    for _ in range(2):
        file = io.BytesIO()
        book = M4bWriter(file, 24000, cover=image("png", "rgb24"), tags={"title": "x"})
        book.chapter("one")
        book.write(tone(9999, 24000))
        book.close()
        books.append(file.getvalue())
    assert books[0] == books[1]
