"""Types shared by all parts of the Kokoro engine: tokens, languages, errors."""
