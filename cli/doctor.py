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
_MOST_LINES = 8
_LAST_LINES = 4
_WHY = "      why:     "
_MEND = "      mend it: "


def doctor(as_json: options.Json = False) -> None:
    """Say what hurts, why, and the command that mends it. Exits with 1 if anything is broken."""
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
        # A package of the core without which not even the doctor can be called.
        package = (error.name or "").partition(".")[0]
        if not package or package == __name__.partition(".")[0]:
            raise
        mend = f"{sys.executable} -m pip install {package}"
        raise console.fail(f"the package {package} is missing, without which nothing works; mend it: {mend}") from None
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(console.EXIT_FAILED)


def _show(findings: list[Finding]) -> None:
    """Print the verdict, then what hurts most first, then what is well."""
    console.out.print(Text(_verdict(findings), "bold"), soft_wrap=True)
    for state, sign in _SIGNS.items():
        shown = [finding for finding in findings if finding.state == state]
        if shown:
            console.out.print()
        for finding in shown:
            detail = finding.detail.replace("\n", "\n    ")
            console.out.print(Text.assemble(sign, "  ", (finding.subject, "bold"), f": {detail}"), soft_wrap=True)
            if finding.why:
                console.out.print(_WHY + ("\n" + " " * len(_WHY)).join(_shortened(finding.why)), soft_wrap=True)
            if finding.mend:
                console.out.print(Text.assemble(_MEND, (finding.mend, "cyan")), soft_wrap=True)


def _shortened(why: str) -> list[str]:
    """Return the lines of a reason; of a worker's whole log, the first and the last ones."""
    lines = why.splitlines()
    if len(lines) <= _MOST_LINES:
        return lines
    return [lines[0], "... (all of it: voxweft doctor --json)", *lines[-_LAST_LINES:]]


def _verdict(findings: list[Finding]) -> str:
    ready = [f.subject.removeprefix(_ENGINE) for f in findings if f.subject.startswith(_ENGINE) and f.state == "good"]
    counts = {state: sum(finding.state == state for finding in findings) for state in _SIGNS}
    said = [f"Ready to use: {', '.join(ready)}." if ready else "No engine is ready to use."]
    if counts["broken"]:
        said.append(f"{console.count(counts['broken'], 'thing')} broken.")
    if counts["warning"]:
        said.append(f"{console.count(counts['warning'], 'thing')} could be better.")
    if not counts["broken"] and not counts["warning"]:
        said.append("All is well.")
    return " ".join(said)
