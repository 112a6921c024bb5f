"""Previews on a node. None are used."""
