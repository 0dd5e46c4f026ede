"""The process that draws: it reads messages from a pipe, and keys from the terminal."""

import os
import signal
from dataclasses import replace
from selectors import EVENT_READ, DefaultSelector

from loadgen.dashboard.messages import Heading, Inbox
from loadgen.dashboard.screen import FRAME_S, Screen
from loadgen.dashboard.snapshot import Snapshot
from loadgen.dashboard.story import Story
from loadgen.dashboard.terminal import open_keys

_READ_BYTES = 1 << 20


NICENESS = 10
"""The load comes first; but where it takes all cores, there shall still be something to be seen of it."""


def view(pipe: int, terminal: int) -> None:
    """Draw on a terminal what comes through a pipe, until that is closed at the other end.

    A byte is written back when all is ready.
    """
    os.nice(NICENESS)
    os.write(pipe, b".")
    with Screen(terminal) as screen:
        Viewer(pipe, open_keys(terminal), screen).run()


class Viewer:
    """Reads messages and keys, and has a picture drawn when there is something new to be seen.

    The key p holds the picture, which goes on when it is pressed again. The key q does what Ctrl-C does: it sends
    SIGINT to the process that started this one.
    """

    def __init__(self, pipe: int, keys: int | None, screen: Screen) -> None:
        self._pipe = pipe
        self._keys = keys
        self._screen = screen
        self._parent = os.getppid()
        self._inbox = Inbox()
        self._story: Story | None = None
        self._shown: Snapshot | None = None
        self._is_open = True
        self._is_paused = False
        self._is_new = False

    def run(self) -> None:
        """Read and draw to the end."""
        with DefaultSelector() as selector:
            selector.register(self._pipe, EVENT_READ, self._read_pipe)
            if self._keys is not None:
                selector.register(self._keys, EVENT_READ, self._read_keys)
            while self._is_open:
                for key, _ in selector.select(FRAME_S):
                    key.data()
                self._draw()

    def _read_pipe(self) -> None:
        data = os.read(self._pipe, _READ_BYTES)
        self._is_open = bool(data)
        for message in self._inbox.receive(data):
            if isinstance(message, Heading):
                self._story = Story(message)
            elif self._story is not None:
                self._story.add(message)
                self._is_new = self._is_new or not self._is_paused

    def _read_keys(self) -> None:
        assert self._keys is not None
        for key in os.read(self._keys, 64).decode(errors="replace"):
            if key == "q" and os.getppid() == self._parent:
                os.kill(self._parent, signal.SIGINT)
            if key == "p":
                self._is_paused, self._is_new = not self._is_paused, True

    def _draw(self) -> None:
        """Draw what is new, or what was there when the view was paused."""
        story = self._story
        if story is None or not story.has_begun or not self._screen.is_due(changed=self._is_new):
            return
        if self._shown is None or not self._is_paused:
            self._shown = story.snapshot()
        self._screen.draw(replace(self._shown, is_paused=self._is_paused))
        self._is_new = False
