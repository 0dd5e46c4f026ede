"""`python -m loadgen.dashboard`: the process that draws, started by `loadgen.dashboard.view`."""

import sys

from loadgen.dashboard.viewer import view

if __name__ == "__main__":
    view(sys.stdin.fileno(), sys.stdout.fileno())
