"""The name of the server's request logger."""

from __future__ import annotations

LOG = __name__
"""Logger with one line per request, and the texts with `log_text`."""
