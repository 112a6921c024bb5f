"""A text or a script being spoken: its lines, the job, and the report."""
