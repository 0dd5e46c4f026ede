"""What becomes of memory that is not needed any more."""

import ctypes
import sys

_M_MMAP_THRESHOLD = -3  # <malloc.h>
_LARGE = 2**20


def give_back_large_blocks() -> None:
    """Have the columns of a window go back to the system when they are freed (glibc, mallopt(3)).

    The C library would keep them after the first one, some 10 MiB at 200 000 requests a second, and copy a column that
    grows, which the system just maps elsewhere. This is for the whole process, which therefore has to be our own.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE)
