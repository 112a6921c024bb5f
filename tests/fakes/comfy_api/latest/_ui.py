"""Previews on a node: none is used yet."""
