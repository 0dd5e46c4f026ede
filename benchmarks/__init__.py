"""How quick loadgen is: micro benchmarks (`pytest benchmarks`), and side by side with other tools (`side_by_side`)."""
