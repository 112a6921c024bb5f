"""Live transcription. The policy decides which audio to recognize when, and which words are committed.

The policy uses no audio library and no clock. All times are seconds from the first sample of the stream.
"""
