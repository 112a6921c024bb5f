"""What the core costs, measured: see docs/performance.md. `python -m benchmarks core` runs it."""
