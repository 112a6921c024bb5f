"""From phonemes to samples: the published network, made ready to run fast, and what it predicts."""
