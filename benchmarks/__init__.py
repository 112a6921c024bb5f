"""What the core costs, measured: see docs/performance.md. `speechloom bench core` runs it."""
