"""Models on disk: their layout, digests, downloads and removal."""
