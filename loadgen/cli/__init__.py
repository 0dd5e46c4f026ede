"""The command line: options become values, verbs become calls, errors become exit codes. The only place that prints."""

VERBS = ("compare", "perf-analyzer", "report", "serve", "sweep")
"""What may stand before the options; each is a module here. Without one, a model is measured."""
