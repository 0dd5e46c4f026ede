"""The process that makes the server forget our region of shared memory when we cannot, because we were killed.

Run by shared_memory.py, which says on standard input, pickled, which target and which region. Standard output is closed
when it is ready. The end of standard input, which is what our death looks like from here, means: clear away. With the
dismissal before it there is nothing to be done.
"""

import os
import pickle
import signal
import sys
from contextlib import suppress
from pathlib import Path

from loadgen.errors import ServerError

DISMISSAL = b"."


def main() -> None:
    """Wait, and clear away what is left."""
    # What stops a whole service (systemd, a cancelled CI job) signals every process of it: we must be the last.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    target, name = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our parent
    os.close(sys.stdout.fileno())
    if sys.stdin.buffer.read() == DISMISSAL:
        return
    Path("/dev/shm", name).unlink(missing_ok=True)  # noqa: S108 - if we were killed before the server had mapped it
    from loadgen.triton.control import control_plane  # noqa: PLC0415 - takes a third of a second, which the load must not miss

    # A server that is gone has forgotten it, too.
    with suppress(ServerError), control_plane(target) as control:
        control.unregister_region(name)


if __name__ == "__main__":
    main()
