"""Benchmarks, each against a peer in the same run where one is installed."""
