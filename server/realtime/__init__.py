"""`/v1/realtime`: the part of OpenAI's Realtime API that transcribes and speaks."""
