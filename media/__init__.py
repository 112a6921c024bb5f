"""Media files: audio, video, subtitles and books. Nothing here knows an engine."""
