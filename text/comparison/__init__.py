"""Compare what a text says with what a recognizer heard, apart from spelling and notation."""
