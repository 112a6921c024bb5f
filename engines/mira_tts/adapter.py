"""MiraTTS' adapter."""
