"""Read Markdown books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from ...text.punctuation import SPEAKABLE
from ..errors import BookError
from .blocks import Mark, TextBuilder
from .book import Book, BookNote, Chapter, one_line
from .chapters import OPENING, split_text
from .plain_text import decode_book

_SKIPPED = {
    "fence": "a code block",
    "code_block": "a code block",
    "html_block": "HTML",
    "math_block": "a formula",
}
MAX_MARKDOWN_BYTES = 32 << 20
"""The parser uses about twenty times the file size in memory."""
_MAX_FRONT_MATTER = 1 << 16
_MAX_LISTED = 20
"""Notes of one kind beyond this number are counted instead of listed."""


def read_markdown(data: bytes, title: str, pattern: str | None = None) -> Book:
    """Read a Markdown file (CommonMark with tables, footnotes, front matter).

    Chapters start where `pattern` matches, else at the headings of the highest level that has at least two. The text of
    links is read. Code blocks, HTML, images and footnotes are skipped and noted. The title, author and language (or
    `lang`) come from front matter; `title` is the fallback.
    """
    if len(data) > MAX_MARKDOWN_BYTES:
        raise BookError(
            f"the Markdown file is too large: {len(data) >> 20} MiB; maximum {MAX_MARKDOWN_BYTES >> 20} MiB "
            "(rename it to .txt to read it as plain text)"
        )
    text = decode_book(data).text
    tokens = _parser().parse(text)
    front = next((token.content for token in tokens if token.type == "front_matter"), "")
    notes: list[BookNote] = []
    fields = _front_matter(front, notes)
    builder = TextBuilder()
    lines: list[int] = []
    _build(tokens, builder, notes, lines)
    spoken = builder.finish()
    if not SPEAKABLE.search(spoken):
        raise BookError("the book has no text to read aloud")
    top_headings = [mark for mark in builder.marks if mark.level == 1]
    if "title" in fields:
        title = fields["title"]
    elif len(top_headings) == 1 and top_headings[0].at == 0:
        title = top_headings[0].words
    if pattern:
        chapters = [msgspec.structs.replace(chapter, start=None) for chapter in split_text(spoken, title, pattern)]
    else:
        chapters = _chapters(spoken, builder.marks, lines, title)
    return Book(
        title=title,
        author=fields.get("author", ""),
        language=fields.get("language", fields.get("lang", "")),
        chapters=tuple(chapters),
        notes=tuple(_summarized(notes)),
    )


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(front_matter_plugin).use(footnote_plugin)


def _front_matter(front: str, notes: list[BookNote]) -> dict[str, str]:
    """Return the fields of front matter that are text or lists of text. Invalid YAML is noted."""
    if not front or len(front) > _MAX_FRONT_MATTER:
        return {}
    try:
        data = yaml.safe_load(front)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = one_line(str(getattr(error, "problem", None) or error))
        notes.append(BookNote("line 1", f"ignored the invalid front matter: {problem}"))
        return {}
    fields: dict[str, str] = {}
    for name, value in data.items() if isinstance(data, dict) else ():
        items = [item for item in value if isinstance(item, str)] if isinstance(value, list) else [value]
        if items and all(isinstance(item, (str, int)) for item in items):
            fields[str(name).lower()] = one_line(", ".join(map(str, items)))
    return {name: value for name, value in fields.items() if value}


def _build(tokens: Iterable[Token], builder: TextBuilder, notes: list[BookNote], lines: list[int]) -> None:
    """Add the spoken blocks to `builder`, and the file's line of each heading mark to `lines`."""
    heading = 0
    in_footnotes = False
    row: list[str] | None = None
    line = 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        if token.type == "footnote_block_open":
            in_footnotes = True
        elif token.type == "footnote_block_close":
            in_footnotes = False
        elif in_footnotes:
            if token.type == "footnote_open":
                notes.append(BookNote(f"line {line}", "skipped a footnote"))
        elif token.type in _SKIPPED:
            notes.append(BookNote(f"line {line}", f"skipped {_SKIPPED[token.type]}"))
        elif token.type == "heading_open":
            heading = int(token.tag[1:])
        elif token.type == "heading_close":
            heading = 0
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            builder.add("; ".join(cell for cell in row or [] if cell))
            builder.end_block()
            row = None
        elif token.type == "inline":
            if row is not None:
                cell = TextBuilder()
                _inline(token.children or [], cell, notes, line)
                row.append(one_line(cell.finish()))
                continue
            if heading:
                words = TextBuilder()
                _inline(token.children or [], words, [], line)
                builder.mark(heading, one_line(words.finish()))
                lines.append(line)
            _inline(token.children or [], builder, notes, line)
            builder.end_block()


def _inline(tokens: Sequence[Token], builder: TextBuilder, notes: list[BookNote], line: int) -> None:
    for token in tokens:
        if token.type in {"text", "code_inline"}:
            builder.add(token.content)
        elif token.type == "softbreak":
            builder.add(" ")
        elif token.type == "hardbreak":
            builder.line_break()
        elif token.type == "image":
            notes.append(BookNote(f"line {line}", f"skipped an image ({one_line(token.content) or 'no alt text'})"))
        elif token.type == "html_inline" and not token.content.startswith(("<!--", "</", "<br")):
            notes.append(BookNote(f"line {line}", f"skipped HTML ({token.content[:40]})"))


def _chapters(text: str, marks: Sequence[Mark], lines: Sequence[int], title: str) -> list[Chapter]:
    levels = Counter(mark.level for mark in marks)
    level = next((level for level in sorted(levels) if levels[level] > 1), min(levels, default=1))
    cuts = [(mark.at, mark.words, line) for mark, line in zip(marks, lines, strict=True) if mark.level <= level]
    if not cuts:
        return [Chapter(title=title, text=text, place="line 1")]
    if SPEAKABLE.search(text, 0, cuts[0][0]):
        cuts.insert(0, (0, OPENING, 1))
    chapters: list[Chapter] = []
    begin: tuple[int, int] | None = None
    titles: list[str] = []
    for (at, words, line), following in zip(cuts, [*(cut[0] for cut in cuts[1:]), len(text)], strict=True):
        begin = begin or (at, line)
        titles.append(words)
        # A heading without text, such as the book's title, belongs to the next chapter.
        if text[at:following].strip() == words and following < len(text):
            continue
        chapters.append(Chapter(title=titles[-1], text=text[begin[0] : following].rstrip(), place=f"line {begin[1]}"))
        begin, titles = None, []
    return chapters


def _summarized(notes: Sequence[BookNote]) -> list[BookNote]:
    """Return the notes. Of frequent kinds, return the first notes and a count of the others."""
    kept: list[BookNote] = []
    seen: Counter[str] = Counter()
    for note in notes:
        kind = note.message.partition(" (")[0]
        seen[kind] += 1
        if seen[kind] <= _MAX_LISTED:
            kept.append(note)
    kept += [BookNote("", f"{kind}: {n - _MAX_LISTED} more") for kind, n in seen.items() if n > _MAX_LISTED]
    return kept
