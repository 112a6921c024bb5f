"""The result of one check."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["good", "warning", "broken"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one check.

    `detail` is the state or the problem, `why` its reason (empty if `detail` says it), and `fix` one command or action
    (empty if none is needed). `broken` is something that should work and doesn't; a `warning` is optional, such as an
    engine that isn't installed yet.
    """

    subject: str
    state: State
    detail: str
    why: str = ""
    fix: str = ""
