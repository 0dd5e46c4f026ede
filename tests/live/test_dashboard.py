"""The dashboard as a user sees it: the command on a real terminal, measuring the real Triton."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from loadgen.triton.server import TritonServer
from tests.conftest import MODEL_REPOSITORY

pytestmark = pytest.mark.live

ALWAYS_STABLE = ["-p", "200", "-s", "99999", "-r", "3"]
ENDLESS = ["-p", "200", "-s", "0", "-r", "100000"]
ENTERED, LEFT = "\x1b[?1049h", "\x1b[?25h\x1b[?1049l"
PATIENCE_S = 30.0
# Has the terminal for its own, as under a shell: only so is Ctrl-C a signal.
AS_A_SHELL_DOES = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.executable, sys.argv[1:])"
)


class Terminal:
    """A terminal on which the command runs; `shown` is all that came to it."""

    def __init__(self, *arguments, columns=80, lines=24, **variables):
        self._ours, self._theirs = pty.openpty()
        self.resize(columns, lines)
        self.before = termios.tcgetattr(self._theirs)
        self.shown = ""
        environment = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
        command = [sys.executable, "-m", "loadgen", "-m", "mnist-onnx", *arguments]
        self.process = subprocess.Popen(
            [sys.executable, "-c", AS_A_SHELL_DOES, *command],
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            env={**environment, "TERM": "xterm-256color", **variables},
            start_new_session=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def resize(self, columns, lines):
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys):
        os.write(self._ours, keys.encode())

    def wait_for(self, pattern):
        """Read until something is shown, and return what was shown until then."""
        end_s = time.monotonic() + PATIENCE_S
        while not re.search(pattern, self.shown):
            if time.monotonic() > end_s:
                pytest.fail(f"no {pattern!r} at the end of what was shown: {self.shown[-300:]!r}")
            self._read()
        return self.shown

    def end(self):
        """Read until the command has ended; return its exit code, and what it left on the terminal."""
        while self.process.poll() is None:
            self._read()
        self._read()
        assert termios.tcgetattr(self._theirs) == self.before
        left = self.shown.rpartition(LEFT)[2].replace("\r\n", "\n")
        return self.process.returncode, re.sub(r"\x1b\[[\d;]*m", "", left)

    def _read(self):
        while select.select([self._ours], [], [], 0.05)[0]:
            self.shown += os.read(self._ours, 1 << 16).decode(errors="replace")


def viewer_of(process):
    """Return the process that draws."""
    (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(child)


@pytest.mark.parametrize(
    ("columns", "lines", "variables", "has_colour"),
    [
        pytest.param(80, 24, {}, True, id="80x24"),
        pytest.param(140, 40, {"NO_COLOR": "1"}, False, id="140x40 without colour"),
    ],
)
def test_a_run_is_shown_and_leaves_its_table(triton, columns, lines, variables, has_colour):
    arguments = ["-u", triton.grpc_url, "--concurrency-range", "1:2", *ALWAYS_STABLE]
    with Terminal(*arguments, columns=columns, lines=lines, **variables) as terminal:
        code, left = terminal.end()
    assert code == 0
    assert terminal.shown.count(ENTERED) == terminal.shown.count(LEFT) == 1
    assert "Windows at concurrency 2" in terminal.shown
    assert f"\x1b[{lines};1H" in terminal.shown
    assert left.startswith(f"mnist-onnx at {triton.grpc_url}, gRPC, concurrency 1 to 2\n")
    assert re.search(r"^ +2 +[\d,.]+.* yes *$", left, re.MULTILINE)
    assert "Request concurrency" not in terminal.shown
    assert bool(re.search(r"\x1b\[[\d;]*3[0-7]m", terminal.shown)) is has_colour


@pytest.mark.parametrize(
    "stop",
    [
        pytest.param(lambda terminal: terminal.press("q"), id="the key q"),
        pytest.param(lambda terminal: terminal.press("\x03"), id="Ctrl-C"),
        pytest.param(lambda terminal: terminal.process.terminate(), id="SIGTERM"),
    ],
)
def test_stopped_it_reports_and_restores_the_terminal(triton, stop):
    with Terminal("-u", triton.grpc_url, *ENDLESS) as terminal:
        terminal.wait_for("2 now")
        stop(terminal)
        code, left = terminal.end()
    assert code == 0
    assert "Concurrency 1 is not stable: interrupted in window" in left


def test_p_holds_the_picture_and_a_new_size_is_filled(triton):
    with Terminal("-u", triton.grpc_url, *ENDLESS) as terminal:
        terminal.wait_for("2 now")
        terminal.press("p")
        terminal.wait_for("view paused")
        terminal.resize(100, 30)
        terminal.wait_for(r"\x1b\[30;1H")
        terminal.press("pq")
        assert terminal.end()[0] == 0


def test_a_killed_server_restores_the_terminal_and_keeps_what_was_measured():
    with (
        TritonServer(MODEL_REPOSITORY) as server,
        Terminal("-u", server.grpc_url, "--concurrency-range", "1:1000", *ALWAYS_STABLE) as terminal,
    ):
        terminal.wait_for("Windows at concurrency 2")
        os.kill(server.pid, signal.SIGKILL)
        code, left = terminal.end()
    assert code == 99
    assert re.search(r"^ +1 .* yes *$", left, re.MULTILINE)
    assert "loadgen: the first failed request ended the run: " in left.replace("\n", "")


def test_the_measurement_goes_on_when_the_drawing_process_dies(triton):
    with Terminal("-u", triton.grpc_url, "--concurrency-range", "1:3", *ALWAYS_STABLE) as terminal:
        terminal.wait_for("Windows at concurrency 2")
        os.kill(viewer_of(terminal.process), signal.SIGKILL)
        code, left = terminal.end()
    assert code == 0
    assert re.search(r"^ +3 .* yes *$", left, re.MULTILINE)


def test_left_at_once_by_a_second_signal_the_terminal_is_restored(triton):
    with Terminal("-u", triton.grpc_url, "-p", "3000000") as terminal:
        terminal.wait_for("Windows at concurrency 1")
        os.kill(terminal.process.pid, signal.SIGSTOP)  # so that both signals are there when it goes on
        terminal.process.send_signal(signal.SIGINT)
        terminal.process.send_signal(signal.SIGTERM)
        os.kill(terminal.process.pid, signal.SIGCONT)
        assert terminal.end()[0] == 130


def test_a_killed_measurement_leaves_the_terminal_restored(triton):
    with Terminal("-u", triton.grpc_url, *ENDLESS) as terminal:
        terminal.wait_for("2 now")
        terminal.process.kill()
        terminal.wait_for(re.escape(LEFT))
        terminal.end()


def test_a_mistake_never_touches_the_terminal(triton):
    with Terminal("-u", triton.grpc_url, "-x", "7") as terminal:
        code, _ = terminal.end()
    assert code == 99
    assert re.fullmatch(r"loadgen: .*it serves version 1\S*\r\n", terminal.shown)
