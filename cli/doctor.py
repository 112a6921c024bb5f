"""`speechloom doctor`."""

from __future__ import annotations

import typer
from rich.text import Text

from . import console, options

_SIGNS = {"good": ("ok", "green"), "warning": ("!!", "yellow"), "broken": ("xx", "red")}


def doctor(as_json: options.Json = False) -> None:
    """Say what is installed, what is broken, and the command that mends it. Exits with 1 if anything is broken."""
    with console.guarded():
        import msgspec

        from ..utils.health import examine

        findings = examine()
        if as_json:
            print(msgspec.json.encode(findings).decode())  # noqa: T201
        else:
            for finding in findings:
                detail = finding.detail.replace("\n", "\n    ")
                head = Text.assemble(_SIGNS[finding.state], "  ", (finding.subject, "bold"), f": {detail}")
                console.out.print(head, soft_wrap=True)
                if finding.mend:
                    console.out.print(f"      mend it: {finding.mend}", soft_wrap=True)
        if any(finding.state == "broken" for finding in findings):
            raise typer.Exit(console.EXIT_FAILED)
