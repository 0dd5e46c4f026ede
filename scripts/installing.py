"""What the installation scripts share: their error, and pip."""

import subprocess
import sys


class InstallError(Exception):
    """Something cannot be provided; the text is one sentence for the user."""


def pip(*words: str, failure: str) -> None:
    """Run pip, so that the user's own index settings hold. Raises InstallError that begins with `failure`."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise InstallError(f"{failure}: {last_line(done.stderr)}")


def last_line(text: str) -> str:
    """Return the last line of a program's error output, which is where it says what is wrong."""
    return (text.strip().splitlines() or ["it gives no reason"])[-1]
