"""Narrate a book: chapters, checkpoints, output files."""
