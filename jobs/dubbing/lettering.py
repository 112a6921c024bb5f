"""Names in any script on a picture: in a font that this machine has, else in Latin letters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Font = FreeTypeFont | ImageFont

_PLAIN = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf", "arial.ttf")
_WIDER = (
    # Linux, macOS, Windows: Chinese, Japanese and Korean; then other scripts.
    *("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "wqy-microhei.ttc", "wqy-zenhei.ttc"),
    *("DroidSansFallbackFull.ttf", "DroidSansFallback.ttf", "NanumGothic.ttf"),
    *("PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc", "Arial Unicode.ttf"),
    *("msyh.ttc", "YuGothM.ttc", "meiryo.ttc", "malgun.ttf"),
    *("NotoSansDevanagari-Regular.ttf", "NotoSansThai-Regular.ttf", "NotoSansArabic-Regular.ttf", "Nirmala.ttf"),
)
"""Files by which Pillow finds fonts in the folders of the system, for what the plain ones lack."""
_NO_CHARACTER = "\uffff"
"""No font has a shape for this one, so what is drawn for it is what stands for a missing shape."""


def plain_font(size: int) -> Font:
    """Return a font for Latin letters and more, if this machine has one, else the one that comes with Pillow."""
    from PIL import ImageFont

    return _opened(_PLAIN, size) or ImageFont.load_default(size)


class Lettering:
    """Finds how names are drawn, in letters of one size (pixels)."""

    def __init__(self, size: int) -> None:
        self.plain = plain_font(size)
        self._size = size
        self._wider: list[Font] | None = None
        self._known: dict[str, tuple[str, Font]] = {}

    def of(self, name: str) -> tuple[str, Font]:
        """Return what to draw for a name, and in which font: itself where one has all of its characters."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._found(name)
        return known

    def _found(self, name: str) -> tuple[str, Font]:
        for font in self._fonts():
            if _has_all(font, name):
                return name, font
        from anyascii import anyascii

        return anyascii(name).strip() or "?", self.plain

    def _fonts(self) -> Iterator[Font]:
        yield self.plain
        if self._wider is None:
            opened = (_opened((file,), self._size) for file in _WIDER)
            self._wider = [font for font in opened if font is not None]
        yield from self._wider


def _opened(files: tuple[str, ...], size: int) -> Font | None:
    """Return the first of the fonts that this machine has."""
    from PIL import ImageFont

    for file in files:
        try:
            return ImageFont.truetype(file, size)
        except OSError:
            continue
    return None


def _has_all(font: Font, text: str) -> bool:
    missing = _shape(font, _NO_CHARACTER)
    return all(_shape(font, character) != missing for character in dict.fromkeys(text) if not character.isspace())


def _shape(font: Font, character: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(character)
    return mask.size, bytes(mask)
