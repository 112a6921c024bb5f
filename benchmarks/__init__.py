"""Benchmarks for developers: `python -m benchmarks NAME` in a clone. See README.md and ../docs/performance.md."""
