"""The server: jobs over HTTP and WebSocket, compatible with OpenAI's audio API (extra `server`).

This module imports nothing: `installed` checks for the extra, `app` creates the app, and `serving` runs it.
"""
