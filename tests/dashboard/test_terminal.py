"""A terminal is what it was before, whatever happens while it is drawn on."""

import os
import pty
import termios
from contextlib import suppress

import pytest

from loadgen.dashboard.screen import Screen
from loadgen.dashboard.terminal import open_keys
from tests.dashboard.play import Play

ICANON = termios.ICANON


@pytest.fixture
def terminal():
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def is_line_by_line(fd):
    return bool(termios.tcgetattr(fd)[3] & ICANON)


def test_an_error_while_drawing_restores_it(terminal):
    ours, theirs = terminal
    before = termios.tcgetattr(theirs)
    with suppress(ZeroDivisionError), Screen(theirs) as screen:
        termios.tcsetwinsize(theirs, (24, 80))
        screen.draw(Play().level(1, finish=False).story.snapshot())
        assert not is_line_by_line(theirs)
        raise ZeroDivisionError
    assert termios.tcgetattr(theirs) == before
    shown = b""
    while not shown.endswith(b"\x1b[?25h\x1b[?1049l"):
        shown += os.read(ours, 1 << 16)


def test_nothing_is_touched_before_the_first_picture(terminal):
    _, theirs = terminal
    with Screen(theirs):
        assert is_line_by_line(theirs)


def test_keys_come_as_they_are_typed_whoever_has_standard_input(terminal):
    ours, theirs = terminal
    keys = open_keys(theirs)
    with Screen(theirs) as screen:
        termios.tcsetwinsize(theirs, (24, 80))
        screen.draw(Play().level(1, finish=False).story.snapshot())
        os.write(ours, b"q")
        assert os.read(keys, 10) == b"q"
    os.close(keys)


def test_without_a_terminal_there_are_no_keys():
    reading, writing = os.pipe()
    assert open_keys(reading) is None
    os.close(reading)
    os.close(writing)
