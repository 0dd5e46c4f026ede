"""The process between us and tritonserver: it ends the server when told to, and also when we die, however we die.

Law: when the keeper has ended, nothing of the server is left: no process (the stubs of the Python backend included), no
region in /dev/shm, no folder. It runs as a file, in isolated mode, and imports the standard library alone, so that it
starts in a few milliseconds:

    python -IS keeper.py WORKSPACE COMMAND [ARGUMENT...]

WORKSPACE is removed at the end; its name is also the prefix of the shared-memory regions. The only line on standard
output is the server's process id. A byte on standard input, or its end (which is what our death looks like from here),
means: stop. The exit code is the server's, or 128 + the signal that ended it.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

GRACE_S = 40.0
"""Between SIGTERM and SIGKILL: the server itself gives requests in flight 30 s (--exit-timeout-secs)."""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> int:
    """Keep one server until it ends, then clear away what is left of it."""
    workspace, *command = sys.argv[1:]
    # What stops a whole service (systemd, a cancelled CI job) signals every process of it: we must outlive the server.
    # Handlers, not SIG_IGN, which the server would inherit.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    # The stubs of a server that crashed become our children, so that we can wait for their end.
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        return _keep(command)
    finally:
        for region in Path("/dev/shm").glob(f"{Path(workspace).name}*"):  # noqa: S108 - the backend's own place
            region.unlink(missing_ok=True)
        shutil.rmtree(workspace)


def _keep(command: list[str]) -> int:
    # preexec_fn is safe here: there is no other thread yet. A session of its own keeps the terminal's Ctrl-C away.
    server = subprocess.Popen(  # noqa: S603 - the command line is ours
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        start_new_session=True,
        preexec_fn=_end_with_the_keeper,  # noqa: PLW1509 - see above
    )
    sys.stdout.write(f"{server.pid}\n")
    sys.stdout.flush()
    threading.Thread(target=_stop_when_told, args=(server.pid,), daemon=True).start()
    # WNOWAIT leaves the process id taken until the rest of its group, the stubs, has been ended.
    os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)
    os.killpg(server.pid, signal.SIGKILL)
    code = server.wait()
    _wait_for_orphans()
    return code if code >= 0 else 128 - code


def _end_with_the_keeper() -> None:
    # The second line of defence, for a keeper that is killed.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop_when_told(server_pid: int) -> None:
    os.read(sys.stdin.fileno(), 1)
    os.kill(server_pid, signal.SIGTERM)
    time.sleep(GRACE_S)
    os.kill(server_pid, signal.SIGKILL)


def _wait_for_orphans() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    sys.exit(main())
