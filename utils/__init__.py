"""What every part of Voxweft is built from: streaming core, models, cache, audio, text, subtitles."""
