"""Models: loaded once, measured, let go."""
