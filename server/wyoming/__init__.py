"""The Wyoming protocol, which Home Assistant speaks, beside HTTP (extra `wyoming`).

This module imports nothing: `listener` serves, one `connection` after the other.
"""
