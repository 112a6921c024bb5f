"""Text processing: scripts, segmentation, normalization, alignment."""
