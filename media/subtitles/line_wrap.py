"""Break the text of a cue into lines."""

from __future__ import annotations

from collections.abc import Sequence

from .phrase_grouping import Unit

_BALANCE = 20.0
"""The weight of a line's squared fullness against the costs of breaks. Lines of equal length have the lowest cost."""


def units_text(units: Sequence[Unit]) -> str:
    """Return the units' text on one line."""
    return "".join((" " if unit.spaced and at else "") + unit.text for at, unit in enumerate(units))


class LineCount:
    """Counts the lines of units. It fills one line after the other, which gives the minimum.

    If `line_chars` is 0, the text has one line. A unit longer than `line_chars` gets a separate line.
    """

    def __init__(self, line_chars: int) -> None:
        self._line_chars = line_chars
        self._filled = 0
        self.lines = 0
        self.chars = 0

    def add(self, unit: Unit) -> None:
        """Add the next unit."""
        width = unit.n_chars + (unit.spaced and self.chars > 0)
        if not self.lines or (self._line_chars and self._filled + width > self._line_chars):
            self.lines += 1
            self._filled = unit.n_chars
        else:
            self._filled += width
        self.chars += width


def wrap(units: Sequence[Unit], line_chars: int) -> str:
    r"""Return the text with `\n` between lines: the minimum number, broken at phrases, of similar length."""
    count = LineCount(line_chars)
    for unit in units:
        count.add(unit)
    n_lines = count.lines
    if n_lines < 2:
        return units_text(units)
    # best[k][j]: the lowest cost of the first j units on k lines, and the start of the last of these lines.
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for _ in range(n_lines):
        row: dict[int, tuple[float, int]] = {}
        for start, (cost_before, _) in best[-1].items():
            width = 0
            for end in range(start + 1, len(units) + 1):
                unit = units[end - 1]
                width += unit.n_chars + (unit.spaced and end - 1 > start)
                if width > line_chars and end > start + 1:
                    break
                cost = cost_before + _BALANCE * (width / line_chars) ** 2
                cost += unit.break_cost if end < len(units) else 0.0
                if end not in row or cost < row[end][0]:
                    row[end] = (cost, start)
        best.append(row)
    lines: list[str] = []
    end = len(units)
    for row in best[:0:-1]:
        start = row[end][1]
        lines.append(units_text(units[start:end]))
        end = start
    return "\n".join(reversed(lines))
