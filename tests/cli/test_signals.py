"""What each of three signals does to a process whose last words nobody takes."""

import signal
import subprocess
import sys

NOBODY_READS = """
import asyncio, os
from loadgen.cli.signals import stop_on_signals

def leave():
    print("leaving", flush=True)
    os.read(os.pipe()[0], 1)  # for ever, like a write to a pipe that is full

async def main():
    with stop_on_signals(on_stop=lambda: print("stopping", flush=True), on_leave=leave):
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def test_the_third_signal_ends_a_process_that_cannot_write_its_last_words():
    command = [sys.executable, "-c", NOBODY_READS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            for line in ("ready", "stopping", "leaving"):
                assert process.stdout.readline() == f"{line}\n"
                process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == -signal.SIGINT
        finally:
            process.kill()
