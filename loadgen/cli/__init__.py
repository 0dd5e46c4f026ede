"""The command line: options become values, verbs become calls, errors become exit codes. The only place that prints."""
