"""`voxweft doctor`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from . import console, options

if TYPE_CHECKING:
    from .doctor_checks import Finding

_SIGNS = {"broken": ("xx", "red"), "warning": ("!!", "yellow"), "good": ("ok", "green")}
_ENGINE = "engine "
_MAX_LINES = 8
_LAST_LINES = 4
_WHY = "      why: "
_FIX = "      fix: "


def doctor(as_json: options.Json = False) -> None:
    """Check the installation and print a fix for each problem. Exits with 1 if anything is broken."""
    try:
        with console.guarded():
            import msgspec

            from .doctor_checks import examine

            findings = examine()
            if as_json:
                print(msgspec.json.encode(findings).decode())  # noqa: T201
            else:
                _show(findings)
    except ModuleNotFoundError as error:
        # A package of the core, without which the checks themselves can't be imported.
        package = (error.name or "").partition(".")[0]
        if not package or package == __name__.partition(".")[0]:
            raise
        fix = f"{sys.executable} -m pip install {package}"
        raise console.fail(f"the required package '{package}' is missing\n{_FIX.strip()} {fix}") from None
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(console.EXIT_FAILED)


def _show(findings: list[Finding]) -> None:
    """Print the summary, then the findings, the worst first."""
    console.out.print(Text(_summary(findings), "bold"), soft_wrap=True)
    for state, sign in _SIGNS.items():
        shown = [finding for finding in findings if finding.state == state]
        if shown:
            console.out.print()
        for finding in shown:
            detail = finding.detail.replace("\n", "\n    ")
            console.out.print(Text.assemble(sign, "  ", (finding.subject, "bold"), f": {detail}"), soft_wrap=True)
            if finding.why:
                console.out.print(_WHY + ("\n" + " " * len(_WHY)).join(_shortened(finding.why)), soft_wrap=True)
            if finding.fix:
                console.out.print(Text.assemble(_FIX, (finding.fix, "cyan")), soft_wrap=True)


def _shortened(why: str) -> list[str]:
    """Return the lines of a reason; of a long one (a worker's log) the first and the last lines."""
    lines = why.splitlines()
    if len(lines) <= _MAX_LINES:
        return lines
    return [lines[0], "... (all lines: voxweft doctor --json)", *lines[-_LAST_LINES:]]


def _summary(findings: list[Finding]) -> str:
    ready = [f.subject.removeprefix(_ENGINE) for f in findings if f.subject.startswith(_ENGINE) and f.state == "good"]
    counts = {state: sum(finding.state == state for finding in findings) for state in _SIGNS}
    sentences = [f"Ready to use: {', '.join(ready)}." if ready else "No engine is ready to use."]
    if counts["broken"]:
        sentences.append(f"{console.count(counts['broken'], 'problem')}.")
    if counts["warning"]:
        sentences.append(f"{console.count(counts['warning'], 'warning')}.")
    if not counts["broken"] and not counts["warning"]:
        sentences.append("No problems found.")
    return " ".join(sentences)
