"""`speechloom doctor`."""

from __future__ import annotations

import typer

from . import console, options

_SIGNS = {"good": "[green]ok[/]", "warning": "[yellow]!![/]", "broken": "[red]xx[/]"}


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
                console.out.print(
                    f"{_SIGNS[finding.state]}  [bold]{finding.subject}[/]: " + finding.detail.replace("[", "\\["),
                    highlight=False,
                    soft_wrap=True,
                )
                if finding.mend:
                    console.out.print(f"      mend it: {finding.mend}", highlight=False, markup=False, soft_wrap=True)
        if any(finding.state == "broken" for finding in findings):
            raise typer.Exit(console.EXIT_FAILED)
