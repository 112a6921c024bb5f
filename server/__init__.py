"""The server: the same jobs over HTTP and WebSocket, for OpenAI's clients and others (extra `server`).

Nothing is imported here: `installed` says what is missing without the extra, `app` makes it, and `serving` runs it.
"""
