"""ChatterBox: clones a voice from a short recording, in 23 languages."""
