"""Dubbing: who speaks each line of a subtitle file, how fast, and where it is heard. Without input or output."""
