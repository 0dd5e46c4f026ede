"""Which way a run is shown: as --ui says, or as the terminal allows."""

import os
import sys

from loadgen.cli.display import Display
from loadgen.cli.lines import Lines
from loadgen.cli.options import Options
from loadgen.errors import ConfigError
from loadgen.profile.plan import Plan


def display_for(options: Options, plan: Plan) -> Display:
    """Return what shows a run. Raises ConfigError where a dashboard is asked for and cannot be."""
    obstacle = dashboard_obstacle()
    if options.ui == "dashboard" and obstacle:
        raise ConfigError(f"--ui dashboard: {obstacle}")
    # Whoever wants a line for each window, or watches a CI job, wants lines.
    is_wanted = options.ui == "dashboard" or (options.ui == "auto" and not (options.verbose or os.environ.get("CI")))
    if is_wanted and not obstacle:
        from loadgen.cli.live import Live  # noqa: PLC0415 - a run without a terminal need not pay for it

        return Live(options, plan)
    return Display(options) if options.ui == "none" else Lines(options)


def dashboard_obstacle() -> str:
    """Return why there can be no dashboard on standard output; nothing if there can."""
    if not sys.stdout.isatty():
        return "the standard output is not a terminal"
    if os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        return "the terminal can only print lines, by the variable TERM"
    if sys.stdout.encoding.lower() not in ("utf-8", "utf8"):
        return f"the terminal takes {sys.stdout.encoding}, not UTF-8"
    if not hasattr(os, "tcgetpgrp"):
        return "it needs a POSIX terminal"
    if _is_in_background():
        return "the command runs in the background"
    return ""


def _is_in_background() -> bool:
    """Whether the terminal would stop this process for changing its settings."""
    try:
        return os.tcgetpgrp(sys.stdout.fileno()) != os.getpgrp()
    except OSError:
        return False  # not the terminal that controls this process: nobody is stopped by it
