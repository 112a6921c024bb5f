"""Load each model once, within the memory budget."""
