"""Audio: decode, resample, mix, measure and encode. Samples are float32 in -1..1."""
