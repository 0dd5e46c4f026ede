"""One measurement, from a plan to results."""
