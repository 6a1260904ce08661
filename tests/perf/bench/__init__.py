"""The benchmark suite: see docs/benchmarks.md, and scripts/bench.sh for how to run it."""
