"""Suites that run for minutes: `make soak PART=seeds|faults|hostile`. See docs/benchmarks.md."""
