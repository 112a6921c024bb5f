"""The download helper: the only program that downloads models."""
