"""The `voxweft` command."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .. import __version__
from . import cache, doctor, dub, engines, models, narrate, say, serve, transcribe, voices
from .console import LogFormatter, use_utf_8
from .grouped_help import command_with_headings


class _Commands(TyperGroup):
    """Drops the prefix with which pydantic begins the reason of an invalid option."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


app = typer.Typer(
    name="voxweft",
    cls=_Commands,
    help="Speak, dub, narrate and transcribe; manage engines, models and the cache.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Rich would take "[door slams]" in a help text for a style and drop it.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command(short_help="Speak a text or a script to a file or to stdout.")(say.say)
app.command()(dub.dub)
app.command()(narrate.narrate)
app.command()(transcribe.transcribe)
app.command(
    short_help="Serve speech and transcription over HTTP and WebSocket.",
    cls=command_with_headings(serve.HEADINGS),
)(serve.serve)
app.add_typer(voices.app, name="voices", short_help="List the voices of an engine, or your own.")
app.add_typer(engines.app, name="engines", short_help="List the engines, and manage their environments.")
app.add_typer(models.app, name="models")
app.add_typer(cache.app, name="cache")
app.command()(doctor.doctor)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log to stderr what the command does.")] = False,
) -> None:
    import logging

    handler = logging.StreamHandler()
    handler.setFormatter(LogFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, handlers=[handler])
    if version:
        print(__version__)  # noqa: T201
        raise typer.Exit


def main() -> None:
    """Run the command line interface."""
    use_utf_8()
    app()
