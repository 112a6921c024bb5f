"""Create, update and check the environment of an engine."""
