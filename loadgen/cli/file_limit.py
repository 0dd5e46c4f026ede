"""Over HTTP each request in flight has a connection, and the usual limit of open files is 1024."""

from contextlib import suppress


def raise_file_limit() -> None:
    """Let this process open as many files as it may have."""
    try:
        import resource  # noqa: PLC0415 - Windows has neither the module nor such a limit
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS calls it unlimited, and then does not take that for an answer. The limit that there is goes on to hold.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
