"""Draw a dub as images: time from left to right in rows, a lane for each speaker, slots above and speech below.

Lanes are in the order in which the speakers appear. The color of speech says where it ends, its shade how fast it is.

A row is at most a minute long, so that cue numbers fit next to their cues. Rows without a cue are left out, and rows
that don't fit into one image continue in the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .report import DubbedCue, DubReport

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw


WIDTH, MAX_HEIGHT = 1840, 3200
"""In pixels; an image of this width needs only vertical scrolling."""
_LEFT, _RIGHT, _MARGIN = 150, 24, 16
_TITLE, _AXIS, _LANE, _ROW_GAP = 74, 24, 54, 14
_SLOT_TOP, _SPEECH_TOP, _BAR = 14, 31, 17
_ROW_LENGTHS_S = (6, 12, 24, 36, 60)
_TICKS = 12
_MAX_NAME = 18

_PAPER, _INK, _FAINT, _GRID = "#ffffff", "#202020", "#8a8a8a", "#e2e2e2"
_SLOT, _SLOT_EDGE = "#e9eef6", "#7f93b2"
_IN_SLOT, _IN_GAP, _OVER = "#4f9d69", "#e0b23c", "#cf4436"
_SHIFT, _LATE, _FAILED = "#5b7fd6", "#b0267a", "#cf4436"
_SHADED, _DARKEST, _LIGHTEST = 0.3, 0.55, 0.45
"""How far from the own speed a shade is the darkest or the lightest, and how dark and light it then is."""
_SHOWN_SPEEDS = (0.9, 1.0, 1.1, 1.2, 1.3)
_LEGEND = (
    (_SLOT, "slot"),
    (_IN_SLOT, "speech in its slot"),
    (_IN_GAP, "in the gap after it"),
    (_OVER, "overrun: delays the next"),
    (_SHIFT, "shift"),
    (_LATE, "shift beyond the tolerance"),
)


class _Fonts(NamedTuple):
    title: Font
    small: Font
    names: NameFonts


class _Lane(NamedTuple):
    speaker: str
    cues: Sequence[DubbedCue]


class _Row(NamedTuple):
    start_s: float
    lanes: Sequence[_Lane]

    @property
    def height(self) -> int:
        return _AXIS + _LANE * len(self.lanes) + _ROW_GAP


def draw(report: DubReport) -> Iterator[Image]:
    """Yield the images of a dub, at least one: RGB, `WIDTH` pixels wide and at most `MAX_HEIGHT` high.

    If a row has more lanes than fit into an image, only the first ones are drawn.
    """
    row_s = _row_length_s(report)
    rows = list(_rows(report.cues, row_s))
    pages = list(_pages(rows))
    names = NameFonts(12)
    fonts = _Fonts(plain_font(18), names.plain, names)
    for number, page in enumerate(pages, 1):
        yield _page(report, page, row_s, fonts, f", {number} of {len(pages)}" if len(pages) > 1 else "")


def _row_length_s(report: DubReport) -> float:
    end_s = max((_end_s(cue) for cue in report.cues), default=0.0)
    return next((length_s for length_s in _ROW_LENGTHS_S if length_s >= end_s), _ROW_LENGTHS_S[-1])


def _end_s(cue: DubbedCue) -> float:
    return max(cue.slot_end_s, cue.end_s)


def _rows(cues: Sequence[DubbedCue], row_s: float) -> Iterator[_Row]:
    """Yield the rows in which a slot or speech starts or ends; one that only spans a row doesn't add it."""
    order = dict.fromkeys(cue.speaker for cue in cues)
    by_row: dict[int, dict[int, DubbedCue]] = {}
    for index, cue in enumerate(cues):
        for at_s in (cue.slot_start_s, cue.slot_end_s, cue.start_s, cue.end_s):
            by_row.setdefault(max(0, int(at_s // row_s)), {})[index] = cue
    for row, cues_of_row in sorted(by_row.items()):
        lanes: dict[str, list[DubbedCue]] = {}
        for _, cue in sorted(cues_of_row.items()):
            lanes.setdefault(cue.speaker, []).append(cue)
        yield _Row(row * row_s, [_Lane(speaker, lanes[speaker]) for speaker in order if speaker in lanes])


def _pages(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    available = MAX_HEIGHT - _TITLE - _MARGIN
    page: list[_Row] = []
    used = 0
    for row in rows:
        max_lanes = (available - _AXIS - _ROW_GAP) // _LANE
        shown = _Row(row.start_s, row.lanes[:max_lanes])
        if page and used + shown.height > available:
            yield page
            page, used = [], 0
        page.append(shown)
        used += shown.height
    yield page


def _page(report: DubReport, rows: Sequence[_Row], row_s: float, fonts: _Fonts, page: str) -> Image:
    from PIL import Image, ImageDraw

    height = _TITLE + sum(row.height for row in rows) + _MARGIN
    image = Image.new("RGB", (WIDTH, height), _PAPER)
    pen = ImageDraw.Draw(image)
    summary = report.summary
    title = (
        f"{report.mode.value}: {summary.lines} cues in {_clock(report.duration_s)}, {summary.shifted} shifted "
        f"(maximum {summary.greatest_shift_s:.2f} s), {summary.overran} delay the next, {summary.stretched} stretched"
        f"{page}"
    )
    pen.text((_MARGIN, 12), title, _INK, fonts.title)
    left: float = _MARGIN
    for color, meaning in _LEGEND:
        pen.rectangle((left, 48, left + 18, 60), color, _SLOT_EDGE if color == _SLOT else None)
        pen.text((left + 24, 46), meaning, _INK, fonts.small)
        left += 24 + pen.textlength(meaning, fonts.small) + 26
    for speed in _SHOWN_SPEEDS:
        pen.rectangle((left, 48, left + 30, 60), _shaded(_IN_SLOT, speed))
        left += 31
    pen.text((left + 6, 46), f"speed ×{_SHOWN_SPEEDS[0]:g} to ×{_SHOWN_SPEEDS[-1]:g}", _INK, fonts.small)
    top = _TITLE
    for row in rows:
        _Painter(pen, fonts, row, row_s, top, report.rules.tolerance_s).paint()
        top += row.height
    return image


class _Painter:
    """Draws one row."""

    def __init__(self, pen: ImageDraw, fonts: _Fonts, row: _Row, row_s: float, top: int, tolerance_s: float) -> None:
        self._pen = pen
        self._fonts = fonts
        self._row = row
        self._row_s = row_s
        self._top = top
        self._tolerance_s = tolerance_s

    def paint(self) -> None:
        lanes_top = self._top + _AXIS
        bottom = lanes_top + _LANE * len(self._row.lanes)
        for tick in range(_TICKS + 1):
            at_s = self._row.start_s + self._row_s * tick / _TICKS
            x = self._x(at_s)
            self._pen.line((x, lanes_top - 4, x, bottom), _GRID)
            if tick < _TICKS:
                self._pen.text((x + 3, self._top + 5), _clock(at_s), _FAINT, self._fonts.small)
        for number, lane in enumerate(self._row.lanes):
            top = lanes_top + _LANE * number
            self._pen.line((_MARGIN, top, WIDTH - _RIGHT, top), _GRID)
            name, font = self._fonts.names.of(" ".join(lane.speaker.split()) or "narrator")
            self._pen.text((_MARGIN, top + 22), self._shortened(name, font), _INK, font)
            free_from = 0.0
            for cue in lane.cues:
                free_from = self._cue(cue, top, free_from)
        self._pen.line((_MARGIN, bottom, WIDTH - _RIGHT, bottom), _GRID)

    def _shortened(self, name: str, font: Font) -> str:
        available = _LEFT - _MARGIN - 4
        shown = name[:_MAX_NAME]
        while len(shown) > 1 and self._pen.textlength(shown, font) > available:
            shown = shown[:-1]
        return name if shown == name else f"{shown[:-1]}…"

    def _x(self, at_s: float) -> float:
        return _LEFT + (at_s - self._row.start_s) / self._row_s * (WIDTH - _LEFT - _RIGHT)

    def _bar(self, start_s: float, end_s: float, top: float, fill: str, outline: str | None = None) -> bool:
        """Draw the part of a bar that is in this row; return whether there is one."""
        start_s = max(start_s, self._row.start_s)
        end_s = min(end_s, self._row.start_s + self._row_s)
        if end_s < start_s:
            return False
        self._pen.rectangle(
            (self._x(start_s), top, max(self._x(start_s) + 1, self._x(end_s)), top + _BAR), fill, outline
        )
        return True

    def _cue(self, cue: DubbedCue, top: int, free_from: float) -> float:
        """Draw a cue, and its number if the number before leaves space for it. Return where the number ends."""
        slot_top, speech_top = top + _SLOT_TOP, top + _SPEECH_TOP
        self._bar(cue.slot_start_s, cue.slot_end_s, slot_top, _SLOT, _SLOT_EDGE)
        is_heard = cue.end_s > cue.start_s
        over_s = cue.end_s - cue.overrun_s
        gap_s = over_s - cue.borrowed_s
        factor = cue.speed / cue.own_speed / (cue.stretch or 1.0)
        if is_heard:
            for start_s, end_s, color in (
                (cue.start_s, max(cue.start_s, gap_s), _IN_SLOT),
                (max(cue.start_s, gap_s), max(cue.start_s, over_s), _IN_GAP),
                (max(cue.start_s, over_s), cue.end_s, _OVER),
            ):
                if end_s > start_s:
                    self._bar(start_s, end_s, speech_top, _shaded(color, factor))
            self._shift(cue, slot_top)
            self._speed(cue, speech_top)
        is_failed = cue.status == "failed"
        x = max(self._x(max(cue.slot_start_s, self._row.start_s)), float(_LEFT))
        label = f"{cue.label} failed" if is_failed else cue.label
        begins_here = self._row.start_s <= cue.slot_start_s < self._row.start_s + self._row_s
        if begins_here and x >= free_from:
            self._pen.text((x + 1, top), label, _FAILED if is_failed else _INK, self._fonts.small)
            return x + self._pen.textlength(label, self._fonts.small) + 5
        return free_from

    def _shift(self, cue: DubbedCue, top: int) -> None:
        """Draw a line from the start of the slot to the start of the speech."""
        start_s = max(cue.slot_start_s, self._row.start_s)
        end_s = min(cue.start_s, self._row.start_s + self._row_s)
        if cue.shift_s < self._row_s / WIDTH or end_s <= start_s:
            return
        color = _LATE if cue.late else _SHIFT
        y = top + _BAR - 3
        self._pen.line((self._x(start_s), y, self._x(end_s), y), color, 4)
        if end_s == cue.start_s:
            self._pen.line((self._x(end_s), y, self._x(end_s), y + _BAR + 3), color, 3)

    def _speed(self, cue: DubbedCue, top: int) -> None:
        stretched = f" {100 * (cue.stretch - 1):+.0f}%" if cue.stretch != 1 else ""
        start_s = max(cue.start_s, self._row.start_s)
        end_s = min(cue.end_s, self._row.start_s + self._row_s)
        available = self._x(end_s) - self._x(start_s)
        for label in (f"×{cue.speed:g}{stretched}", f"×{cue.speed:g}", f"{cue.speed:g}"):
            length = self._pen.textlength(label, self._fonts.small)
            if available > length + 4:
                left = self._x(start_s) + min(4.0, (available - length) / 2)
                self._pen.text((left, top + 1), label, _PAPER, self._fonts.small)
                return


def _shaded(color: str, speed: float) -> str:
    """Return a color, darker for speech that is faster than its speaker's own speed and lighter for slower speech."""
    amount = max(-1.0, min(1.0, (speed - 1) / _SHADED))
    toward, share = (0, amount * _DARKEST) if amount > 0 else (255, -amount * _LIGHTEST)
    channels = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(channel + (toward - channel) * share):02x}" for channel in channels)


def _clock(at_s: float) -> str:
    whole = int(at_s)
    fraction = "" if at_s == whole else f"{at_s - whole:.2f}".lstrip("0").rstrip("0")
    hours, rest = divmod(whole, 3600)
    minutes = f"{rest // 60:02d}" if hours else str(rest // 60)
    return f"{hours}:{minutes}:{rest % 60:02d}{fraction}" if hours else f"{minutes}:{rest % 60:02d}{fraction}"


if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Font = FreeTypeFont | ImageFont

_PLAIN = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf", "arial.ttf")
_FALLBACKS = (
    # Linux, macOS, Windows: Chinese, Japanese and Korean; then other scripts.
    *("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "wqy-microhei.ttc", "wqy-zenhei.ttc"),
    *("DroidSansFallbackFull.ttf", "DroidSansFallback.ttf", "NanumGothic.ttf"),
    *("PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc", "Arial Unicode.ttf"),
    *("msyh.ttc", "YuGothM.ttc", "meiryo.ttc", "malgun.ttf"),
    *("NotoSansDevanagari-Regular.ttf", "NotoSansThai-Regular.ttf", "NotoSansArabic-Regular.ttf", "Nirmala.ttf"),
)
"""Font files that Pillow looks for in the system's folders, for characters that the plain fonts don't have."""
_NO_CHARACTER = "\uffff"
"""No font has a glyph for this character: fonts draw their glyph for missing characters instead."""


def plain_font(size: int) -> Font:
    """Return a font for Latin and similar scripts, if the system has one, else Pillow's own."""
    from PIL import ImageFont

    return _opened(_PLAIN, size) or ImageFont.load_default(size)


class NameFonts:
    """Finds fonts for names, at one size in pixels."""

    def __init__(self, size: int) -> None:
        self.plain = plain_font(size)
        self._size = size
        self._fallbacks: list[Font] | None = None
        self._cached: dict[str, tuple[str, Font]] = {}

    def of(self, name: str) -> tuple[str, Font]:
        """Return the text and the font to draw a name with; if no font has its characters, a transliteration."""
        found = self._cached.get(name)
        if found is None:
            found = self._cached[name] = self._find(name)
        return found

    def _find(self, name: str) -> tuple[str, Font]:
        for font in self._fonts():
            if _has_all(font, name):
                return name, font
        from anyascii import anyascii

        return anyascii(name).strip() or "?", self.plain

    def _fonts(self) -> Iterator[Font]:
        yield self.plain
        if self._fallbacks is None:
            opened = (_opened((file,), self._size) for file in _FALLBACKS)
            self._fallbacks = [font for font in opened if font is not None]
        yield from self._fallbacks


def _opened(files: tuple[str, ...], size: int) -> Font | None:
    """Return the first of the fonts that the system has."""
    from PIL import ImageFont

    for file in files:
        try:
            return ImageFont.truetype(file, size)
        except OSError:
            continue
    return None


def _has_all(font: Font, text: str) -> bool:
    missing = _glyph(font, _NO_CHARACTER)
    return all(_glyph(font, character) != missing for character in dict.fromkeys(text) if not character.isspace())


def _glyph(font: Font, character: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(character)
    return mask.size, bytes(mask)
