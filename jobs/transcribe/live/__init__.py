"""Live recognition as a policy: when to listen to what again, and which words are certain. No audio library, no clock.

All times are seconds of the stream, from its first sample on.
"""
