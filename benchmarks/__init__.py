"""Each compares with a peer in one run: ``python -m benchmarks.NAME``."""
