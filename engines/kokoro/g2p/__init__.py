"""Grapheme-to-phoneme conversion for each language, with the offsets of words in the text."""
