"""What runs in the download helper's own process: the one place from which models come over the network."""
