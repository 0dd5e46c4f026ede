"""Coverage-guided fuzzers; each says in its own docstring how it is run."""
