"""Suites of minutes: `make soak PART=seeds|faults|hostile|log`. See docs/benchmarks.md."""
