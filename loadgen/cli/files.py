"""The files of a run: proved writable before the load begins, and written however it ends."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from loadgen.cli.options import Options
from loadgen.cli.output import warn
from loadgen.errors import ConfigError


@dataclass(frozen=True)
class File:
    """What is written to a path, and the option that named it."""

    option: str
    path: str
    text: str


def require_writable(options: Options) -> None:
    """Raise ConfigError for the first file that cannot be written. Nothing is left behind, and nothing changed."""
    for name, path in _asked_for(options):
        try:
            _open_to_write(Path(path))
        except OSError as error:
            raise ConfigError(f"{name} {path}: this file cannot be written: {error.strerror}") from error


def write_files(files: Iterable[File]) -> bool:
    """Write all files and return whether that went well; what did not is told on standard error."""
    unwritten = [file for file in files if not _write(file)]
    return not unwritten


def _asked_for(options: Options) -> Iterator[tuple[str, str]]:
    named = {"-f": options.csv_file, "--json": options.json_file, "--profile-export-file": options.export_file}
    yield from ((name, path) for name, path in named.items() if path)


def _open_to_write(path: Path) -> None:
    """Try whether that is possible. Of a device or a pipe we believe it, for it would notice."""
    is_there = path.exists()
    if is_there and not (path.is_file() or path.is_dir()):
        return
    with path.open("a"):
        pass
    if not is_there:
        path.unlink()


def _write(file: File) -> bool:
    try:
        Path(file.path).write_text(file.text, encoding="utf-8")
    except OSError as error:
        warn(f"loadgen: {file.option} {file.path}: this file could not be written: {error.strerror}")
        return False
    return True
