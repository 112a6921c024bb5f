"""Which worker runs which segment, and when."""
