"""Create, update and check an engine's environment."""
