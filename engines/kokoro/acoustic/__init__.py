"""From phonemes to samples: the published network, rearranged to run fast."""
