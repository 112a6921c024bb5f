"""Where a server says what was asked of it."""

from __future__ import annotations

LOG = __name__
"""The logger with a line for each request, and texts if they are wanted."""
