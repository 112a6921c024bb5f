"""Fill the command-line reference while the documentation is built (a hook of mkdocs).

A page with the line `<!-- commands -->` gets a section for each command of `voxweft`, from the commands themselves.
Links from the pages to files outside docs/ become links to the repository.
"""

from __future__ import annotations

import inspect
import posixpath
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MARK = "<!-- commands -->"


def on_startup(command: str, dirty: bool) -> None:
    """Give the package its own name, whatever the checkout's folder is called: mkdocstrings reads it through a link."""
    sys.path.insert(0, str(ROOT / "scripts"))
    from check import LINKS, link  # type: ignore[import-not-found]  # found on the path that the line above sets

    LINKS.mkdir(exist_ok=True)
    link("voxweft", ROOT)


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Return the page with its mark replaced and its links out of docs/ made absolute."""
    if MARK in markdown:
        import typer

        from voxweft.cli import app

        markdown = markdown.replace(MARK, "\n".join(command_lines(typer.main.get_command(app), "voxweft")))
    folder = posixpath.join("docs", posixpath.dirname(page.file.src_uri))
    repository = f"{config.repo_url.rstrip('/')}/blob/main"

    def outside(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, match[1]))
        return match[0] if path.startswith("docs/") else f"]({repository}/{path}"

    return re.sub(r"\]\((\.\./[^)#\s]*)", outside, markdown)


def command_lines(command: Any, name: str) -> Iterator[str]:
    """Yield the Markdown of a command, and of the commands below it."""
    yield f"\n## {name}\n"
    yield inspect.cleandoc(command.help or "")
    below = getattr(command, "commands", None)
    if below is not None:
        for child, inner in below.items():
            yield from command_lines(inner, f"{name} {child}")
        return
    parameters = [one for one in command.params if not one.hidden and one.name != "help"]
    arguments = [argument(one) for one in parameters if is_argument(one)]
    yield f"\n```text\n{' '.join([name, '[OPTIONS]', *arguments])}\n```\n"
    if parameters:
        yield "| option | default | what it does |\n|---|---|---|"
    for one in parameters:
        yield f"| {spelling(one)} | {default(one)} | {cell(one.help or '')} |"
    yield ""


def is_argument(parameter: Any) -> bool:
    """Whether a parameter is an argument, not an option."""
    return not parameter.opts[0].startswith("-")


def argument(parameter: Any) -> str:
    """Return the name of an argument, as usage lines have it."""
    return str(parameter.metavar or parameter.name).upper()


def spelling(parameter: Any) -> str:
    """Return how a parameter is written: an argument's name, or all names of an option."""
    if is_argument(parameter):
        return f"`{argument(parameter)}`"
    return ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))


def default(parameter: Any) -> str:
    """Return a parameter's default as a cell of a table."""
    value = parameter.default
    if parameter.required:
        return "required"
    return "" if value is None or value in ("", False, [], ()) or callable(value) else f"`{value}`"


def cell(text: str) -> str:
    """Return a text as it can be in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("[", "\\[").replace("<", "&lt;")
