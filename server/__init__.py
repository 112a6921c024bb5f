"""The server: the same jobs over HTTP and WebSocket, compatible with OpenAI's audio API (extra `server`).

Nothing is imported here: `installed` checks for the extra, `app` creates the app, and `serving` runs it.
"""
