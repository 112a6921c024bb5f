"""What the doctor says about one thing."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["good", "warning", "broken"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at: what it is, or what hurts (`detail`), and why (empty if the detail says it).

    `mend` is one command, or the one thing to do; empty where nothing has to be done. `broken` is what worked or should
    work and doesn't; a `warning` is what would be better otherwise, such as an engine that isn't installed yet.
    """

    subject: str
    state: State
    detail: str
    why: str = ""
    mend: str = ""
