"""Licenses of weights: what they forbid, and which of them the user has accepted."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ..atomic_file import atomic_output
from ..streaming.contract.engine_spec import EngineSpec, ModelSpec
from ..streaming.contract.errors import LicenseNotAcceptedError
from .layout import LOCKS, select_files, without_digest

FILE = "licenses.json"
"""The file, in the folder of downloads, with the licenses that the user has accepted."""
NOT_COMMERCIAL = "no commercial use"
TRUST = "--trust-on-first-use"
"""The option of `models pull` for files that nobody states the content of."""
_UNKNOWN = "unknown"
_MAX_BYTES = 1 << 20
_PERMISSIVE = re.compile(r"mit(-0)?|apache-2\.0|(0)?bsd(-.+)?|cc0-1\.0|cc-by-[34]\.0|unlicense|isc")
_LIMITS = {
    "no changed copies": re.compile(r"nd"),
    "changed copies only under the same license": re.compile(r"sa|[al]?gpl(v?[23])?"),
    "not for the uses that it lists": re.compile(r"(open|ai)?rail[a-z]?"),
}
"""What a license forbids, by words of its name; see also `ModelSpec.commercial`."""

_log = logging.getLogger(__name__)


def is_permissive(license_name: str) -> bool:
    """Whether a license allows all that a user of weights does; of an expression with AND or OR, every license."""
    names = [name for name in re.split(r"\s+(?:and|or)\s+|[()]", license_name.strip().lower()) if name.strip()]
    return bool(names) and all(_PERMISSIVE.fullmatch(name.strip()) for name in names)


def limits_of(facts: ModelSpec) -> str:
    """Return what the license of a model forbids, as far as its name says; '' if it says nothing."""
    if is_permissive(facts.license):
        return ""
    words = re.split(r"[^a-z0-9]+", facts.license.lower())
    limits = [text for text, pattern in _LIMITS.items() if any(map(pattern.fullmatch, words))]
    return ", ".join(limits if facts.commercial else [NOT_COMMERCIAL, *limits])


def plain(license_name: str) -> str:
    """Return the name of a license as it is compared: words that need at most quotation marks on a command line."""
    words = re.findall(r"[\w.+()-]+", license_name.lower())
    return " ".join(words).lstrip("- ") or _UNKNOWN


class Terms(msgspec.Struct, frozen=True):
    """The terms of a model's weights.

    Attributes:
        license: The name of the license.
        limits: What it forbids, as far as its name says.
        gated: Whether the hub also asks for accepted terms.
        page: Where the terms are.
        subject: What the license is of, for messages.
        command: The command that accepts them and downloads the files.
    """

    license: str
    limits: str
    gated: bool
    page: str
    subject: str
    command: str

    @property
    def need_acceptance(self) -> bool:
        """Whether the user must accept them before a download."""
        return self.gated or not is_permissive(self.license)

    @property
    def summary(self) -> str:
        """The license and what limits it, in a few words."""
        notes = [note for note in (self.limits, "gated" if self.gated else "") if note]
        return f"{self.license} ({', '.join(notes)})" if notes else self.license

    @property
    def key(self) -> str:
        """The name under which an acceptance is kept.

        It is for every model with the license; for the models of one repository if the name says nothing about the
        license, or if they are gated.
        """
        name = plain(self.license)
        return f"{name} {self.page}" if self.gated or not self.limits else name


def terms_of(spec: EngineSpec, model: str) -> Terms:
    """Return the terms of a model (the default one for an empty name)."""
    facts, name = spec.facts(model), spec.model_of(model)
    weights = spec.weights.get(name)
    option = f" --model {name}" if name != spec.default_model else ""
    trust = f" {TRUST}" if weights is not None and without_digest(select_files(weights, [])) else ""
    command = f"voxweft models pull {spec.name}{option}{trust}"
    terms = Terms(
        license=facts.license.strip() or _UNKNOWN,
        limits=limits_of(facts),
        gated=facts.gated,
        page=f"https://huggingface.co/{weights.repo}" if weights is not None else "",
        subject=f"model '{name}' of engine '{spec.name}'" if name else f"engine '{spec.name}'",
        command=command,
    )
    if not terms.need_acceptance:
        return terms
    argument = plain(terms.license)
    quoted = argument if re.fullmatch(r"[^ ()]+", argument) else f'"{argument}"'
    return msgspec.structs.replace(terms, command=f"{command} --accept-license {quoted}")


class Licenses:
    """The licenses that the user has accepted: in the file in `home`, and `accepted`, the names in the settings."""

    def __init__(self, home: Path, accepted: Iterable[str] = ()) -> None:
        self._home = home
        self._file = home / FILE
        self._accepted = frozenset(map(plain, accepted))

    def accepts(self, terms: Terms) -> bool:
        """Return whether the user needn't accept the terms, or has accepted them."""
        return not terms.need_acceptance or plain(terms.license) in self._accepted or terms.key in self._read()

    def check(self, terms: Terms) -> None:
        """Raise LicenseNotAcceptedError, with the command, unless the terms are accepted."""
        if not self.accepts(terms):
            raise LicenseNotAcceptedError(
                f"the license of {terms.subject} must be accepted before its download: {terms.summary}, {terms.page}; "
                f"read it, then run `{terms.command}`"
            )

    def accept(self, terms: Terms) -> None:
        """Keep that the user has accepted the terms. OSError if the file can't be written."""
        import filelock

        if not terms.need_acceptance:
            return
        lock = self._home / LOCKS / f"{FILE}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(lock):
            body = msgspec.json.format(msgspec.json.encode({"accepted": sorted(self._read() | {terms.key})}))
            if self._file.is_symlink():
                self._file.unlink()  # nothing is written outside of `home`
            with atomic_output(self._file) as file:
                file.write(body + b"\n")

    def _read(self) -> frozenset[str]:
        try:
            with self._file.open("rb") as file:
                return frozenset(msgspec.json.decode(file.read(_MAX_BYTES), type=dict[str, list[str]])["accepted"])
        except FileNotFoundError:
            return frozenset()
        except (OSError, KeyError, ValueError) as error:
            _log.warning("%s can't be read, so licenses count as not accepted: %s", self._file, error)
            return frozenset()
