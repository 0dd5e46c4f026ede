"""A region of system shared memory, from which the server takes inputs and to which it writes outputs.

Law: no other region is touched, for the name of ours is unlike any other; and when the run is over, whatever has ended
it, ours is neither in /dev/shm nor registered.

Nobody needs its name once the server has mapped it: it is unlinked before the load begins. That the server forgets it
is the last thing we do, or else, if we do not come to it, the work of a keeper, a process that outlives this one: see
region_keeper.py.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from secrets import token_hex

from loadgen.errors import ConfigError, ServerError
from loadgen.load.region import Region
from loadgen.load.target import Target
from loadgen.triton.control import ControlPlane
from loadgen.triton.region_keeper import DISMISSAL

FOLDER = Path("/dev/shm")  # noqa: S108 - where Linux keeps what shm_open(3) makes


def region_name() -> str:
    """Return a name that no other run has, on this machine or another."""
    return f"loadgen-{os.getpid()}-{token_hex(8)}"


@contextmanager
def shared(region: Region, target: Target, control: ControlPlane) -> Iterator[None]:
    """Share a region with the target's server, as it has been filled.

    Raises ConfigError when this machine has no such memory, or too little of it, and ServerError when the server does
    not take it.
    """
    if not FOLDER.is_dir():
        raise ConfigError(f"--shared-memory system: this needs Linux, and a folder {FOLDER}")
    with _kept(target, region.name) as dismiss:
        file = FOLDER / region.name
        try:
            _write(file, region)
            control.register_region(region.name, region.byte_size)
        finally:
            file.unlink(missing_ok=True)
        try:
            yield
        finally:
            with suppress(ServerError, BrokenPipeError):  # nobody is there any more, on one side or the other
                control.unregister_region(region.name)
                dismiss()


def _write(file: Path, region: Region) -> None:
    try:
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as memory:
            # A file with holes would do, too, until memory runs out under the load, which the server would not survive.
            os.posix_fallocate(memory.fileno(), 0, region.byte_size)
            for offset, tensor in region.tensors:
                memory.seek(offset)
                memory.write(tensor)
    except OSError as error:
        raise ConfigError(
            f"--shared-memory system: {FOLDER} does not take {region.byte_size} bytes: {error.strerror}"
        ) from error


@contextmanager
def _kept(target: Target, name: str) -> Iterator[Callable[[], object]]:
    """Have a keeper unregister the region at the end of the block, however we end; yield what makes that needless."""
    command = [sys.executable, "-m", "loadgen.triton.region_keeper"]
    # A session of its own keeps the terminal's Ctrl-C away. Leaving the block closes the pipes, and waits.
    with subprocess.Popen(  # noqa: S603 - the command line is ours
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True
    ) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        # Not as arguments, which everybody may read: there may be a password among the headers.
        keeper.stdin.write(pickle.dumps((target, name)))
        keeper.stdout.read()  # it has been imported, and takes no time from the load any more
        yield partial(keeper.stdin.write, DISMISSAL)
