"""Many configurations of one model: what to measure next, which is the best, and the report about it."""
