"""Generate the command-line reference while the documentation is built (a hook of mkdocs).

In a page, the line `<!-- commands -->` is replaced by a section for each command of `voxweft`. Links to files outside
docs/ become links to the repository.
"""

from __future__ import annotations

import inspect
import posixpath
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MARK = "<!-- commands -->"
NOT_DOCUMENTED = {"benchmarks", "tests"}


def on_startup(command: str, dirty: bool) -> None:
    """Give mkdocstrings the package under its name, in `.check/docs/voxweft`: its folders alone, by links.

    A link to the whole checkout wouldn't do: it would be followed into the environments, and into itself.
    """
    sys.path.insert(0, str(ROOT / "scripts"))
    from check import LINKS, link

    package = LINKS / "docs" / "voxweft"
    package.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / "__init__.py", package / "__init__.py")
    for folder in ROOT.iterdir():
        if (folder / "__init__.py").is_file() and folder.name not in NOT_DOCUMENTED:
            link(f"docs/voxweft/{folder.name}", folder)


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
    """Yield the Markdown of a command and of its subcommands."""
    yield f"\n## {name}\n"
    yield inspect.cleandoc(command.help or "")
    subcommands = getattr(command, "commands", None)
    if subcommands is not None:
        for subname, subcommand in subcommands.items():
            yield from command_lines(subcommand, f"{name} {subname}")
        return
    parameters = [parameter for parameter in command.params if not parameter.hidden and parameter.name != "help"]
    arguments = [argument(parameter) for parameter in parameters if is_argument(parameter)]
    yield f"\n```text\n{' '.join([name, '[OPTIONS]', *arguments])}\n```\n"
    if parameters:
        yield "| option | default | description |\n|---|---|---|"
    for parameter in parameters:
        yield f"| {spelling(parameter)} | {default(parameter)} | {cell(parameter.help or '')} |"
    yield ""


def is_argument(parameter: Any) -> bool:
    """Whether a parameter is an argument, not an option."""
    return not parameter.opts[0].startswith("-")


def argument(parameter: Any) -> str:
    """Return the name of an argument, as in usage lines."""
    return str(parameter.metavar or parameter.name).upper()


def spelling(parameter: Any) -> str:
    """Return a parameter's spelling: an argument's name, or all names of an option."""
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
    """Return a text, escaped for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("[", "\\[").replace("<", "&lt;")
