"""Help of a command with many options: they are listed under headings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typer.core import TyperCommand

OTHERS = "Options"
"""The heading of the options that no other has."""


def command_with_headings(headings: Mapping[str, Sequence[str]]) -> type[TyperCommand]:
    """Return a class of commands that lists the parameters of these names under headings."""
    heading_of = {name: heading for heading, names in headings.items() for name in names}

    class GroupedCommand(TyperCommand):
        def format_options(self, ctx: Any, formatter: Any) -> None:
            sections: dict[str, list[tuple[str, str]]] = {heading: [] for heading in (*headings, OTHERS)}
            for parameter in self.get_params(ctx):
                record = parameter.get_help_record(ctx)
                if record is not None:
                    sections[heading_of.get(parameter.name or "", OTHERS)].append(record)
            for heading, records in sections.items():
                if records:
                    with formatter.section(heading):
                        formatter.write_dl(records)

    return GroupedCommand
