"""Media files: audio, video, subtitles and books. This package doesn't depend on engines."""
