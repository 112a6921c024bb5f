"""eSpeak NG, embedded."""
