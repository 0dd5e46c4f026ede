"""What is drawn in which colour: those of the terminal's own palette, so that it suits a dark one and a light one."""

THROUGHPUT = "cyan"
LATENCY = "magenta"
GOOD = "green"
WARNING = "yellow"
BAD = "red"
QUIET = "bright_black"
QUEUE, COMPUTE, OVERHEAD, ADDS = "yellow", "green", "blue", "magenta"
