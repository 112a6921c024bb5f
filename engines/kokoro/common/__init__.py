"""What every part of the Kokoro adapter uses: tokens, languages, errors."""
