"""From text to phonemes: a way for each language, and the places of the words in the text."""
