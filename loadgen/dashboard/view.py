"""The measuring process's side of the dashboard: it starts the one that draws, and tells it what is new."""

import asyncio
import signal
import socket
import subprocess
import sys
import termios
from contextlib import suppress
from time import perf_counter_ns
from typing import Any

from loadgen.dashboard.look import Look
from loadgen.dashboard.messages import Heading, Message, Stopping, message_of, packed
from loadgen.dashboard.terminal import restore
from loadgen.measure.results import Event
from loadgen.profile.progress import Progress

TICK_S = 0.25
_PATIENCE_S = 3.0
"""How long the drawing process may take to be ready, and to leave the terminal: that may be slow, or stand still."""


class View:
    """Shows a measurement on a terminal from `start` to `close`, inside a running event loop.

    Whatever becomes of the process that draws, the measurement goes on, and the terminal is restored in the end.
    """

    def __init__(self, heading: Heading, progress: Progress, terminal: int) -> None:
        self._heading = heading
        self._terminal = terminal
        self._attributes: list[Any] = termios.tcgetattr(terminal)
        self._look = Look(progress, heading.batch_size)
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: socket.socket | None = None
        self._unsent = b""
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Start the process that draws, and wait until it is ready: that takes more of the machine than any picture.

        It takes the terminal over when the first level begins.
        """
        self._process, self._pipe = _start(self._terminal)
        self._send(self._heading)
        with suppress(TimeoutError, OSError):
            await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self._pipe, 1), _PATIENCE_S)

    def show(self, event: Event) -> None:
        """Show what has happened, from the first level on."""
        message = message_of(event)
        if message is None:
            return
        if self._timer is None:
            self._tick(asyncio.get_running_loop().time())
        self._look_now()  # what came before the event goes before it
        self._send(message)

    def stopping(self) -> None:
        """Show that the end is waited for."""
        self._send(Stopping())

    def close(self) -> None:
        """Take the picture away."""
        process, self._process = self._process, None
        if process is None or self._pipe is None:
            return
        self._pipe.close()
        self._pipe = None
        if self._timer is None:
            process.kill()  # It has not touched the terminal, and may still be importing.
            process.wait()
            return
        self._timer.cancel()
        if not _ends(process):
            restore(self._terminal, self._attributes)

    def _tick(self, due_s: float) -> None:
        """Look, and do so again after a while."""
        loop = asyncio.get_running_loop()
        self._look_now()
        due_s = max(due_s + TICK_S, loop.time())
        self._timer = loop.call_at(due_s, self._tick, due_s)

    def _look_now(self) -> None:
        """Tell what is new, unless the drawing process has not taken yet what it was told before."""
        self._flush()
        if not self._unsent:
            self._send(self._look.tick(perf_counter_ns()))

    def _send(self, message: Message) -> None:
        self._unsent += packed(message)
        self._flush()

    def _flush(self) -> None:
        """Write as much as the pipe takes."""
        if self._pipe is None:
            return
        try:
            self._unsent = self._unsent[self._pipe.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:  # nobody draws any more
            self.close()


def _start(terminal: int) -> tuple["subprocess.Popen[bytes]", socket.socket]:
    """Start the process that draws, and return it with the pipe to it.

    The signals that end a process are blocked: it ends when its pipe is closed, not before.
    """
    ours, theirs = socket.socketpair()
    ours.setblocking(False)  # noqa: FBT003 - the only way to say it
    kept = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    try:
        command = [sys.executable, "-m", "loadgen.dashboard"]
        with theirs:
            return subprocess.Popen(command, stdin=theirs.fileno(), stdout=terminal), ours  # noqa: S603 - ourselves
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, kept)


def _ends(process: "subprocess.Popen[bytes]") -> bool:
    """Wait for the end of the process that draws, and return whether it was in good order."""
    try:
        return process.wait(_PATIENCE_S) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
