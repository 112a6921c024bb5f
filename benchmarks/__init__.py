"""What the core costs, measured: see docs/performance.md. `voxweft bench core` runs it."""
