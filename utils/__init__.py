"""What every part of Speechloom is built from: streaming core, models, cache, audio, text, subtitles."""
