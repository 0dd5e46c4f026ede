"""`python -m loadgen` is the command `loadgen`."""

from loadgen.cli.main import entry

entry()
