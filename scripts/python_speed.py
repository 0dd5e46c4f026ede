"""Print what this interpreter needs for a short loop, in microseconds; fail if the project cannot use it.

Builds differ: one made without profile-guided optimization, as version managers do unless told, takes nearly twice as
long as a distribution's, and a load generator's own time is its error.
"""

import importlib.util
import sys
import sysconfig
import timeit
from pathlib import Path

_LAST_RESORT_US = 1_000_000


def main() -> int:
    """Return 1 where this version is not supported or makes no virtual environment."""
    if sys.version_info[:2] not in ((3, 11), (3, 12)) or importlib.util.find_spec("ensurepip") is None:
        return 1
    runs = timeit.repeat("for n in range(1000): seen[n] = (n, str(n))", "seen = {}", number=20, repeat=7)
    print(round(1e6 * min(runs)) + (0 if _has_shared_library() else _LAST_RESORT_US))
    return 0


def _has_shared_library() -> bool:
    """Whether the library is there that Triton's Python backend embeds."""
    name = f"libpython{sys.version_info.major}.{sys.version_info.minor}.so.1.0"
    folders = (Path(sysconfig.get_config_var("LIBDIR")), Path(sys.base_prefix) / "lib")
    return any((folder / name).exists() for folder in folders)


if __name__ == "__main__":
    sys.exit(main())
