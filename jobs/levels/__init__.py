"""The levels of voices: the gain that brings each to one loudness, measured once."""
