"""Middleware of every request: access control, size limits and the request log."""
