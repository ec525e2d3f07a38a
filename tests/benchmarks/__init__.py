"""Figures against their goals, each run as `python -m tests.benchmarks.<name>`; they always exit 0."""
