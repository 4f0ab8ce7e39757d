"""What the bars of speed, memory and quality are measured with; `python -m benchmarks` runs them."""
