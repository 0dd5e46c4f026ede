"""The journal of a study: one line of JSON for each thing that happened, written at once, so that nothing is lost.

The first line says what is studied. Every other one belongs to a run: `level`, what was measured at one level, or
`failed`, the words of why the rest could not be measured. A last line without its end was being written when the
program died, and is left out.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from loadgen.errors import ConfigError, LoadgenError
from loadgen.measure.results import LevelResult
from loadgen.measure.windows import Windows
from loadgen.report.document import level_document
from loadgen.report.saved import level_from
from loadgen.study.axes import Config, Settings
from loadgen.study.runs import Run

VERSION = 1

_FORMAT = "loadgen-sweep"


@dataclass(frozen=True)
class Header:
    """What a study is about: `asked`, which has to be the same when it is resumed, and what was found at its start.

    `original` is the configuration of the model, as JSON, `server` the name and version of the server, and
    `started_at` in ISO 8601 with a time zone.
    """

    asked: dict[str, Any]
    original: Config
    server: str
    environment: dict[str, Any]
    started_at: str


@dataclass(frozen=True)
class Record:
    """What a journal says: its header, and the runs in order, of which the last one may lack levels."""

    header: Header
    runs: tuple[Run, ...]


class Journal:
    """A journal that is written to; a context manager. `windows` are those that the levels are measured in."""

    def __init__(self, path: Path, windows: Windows) -> None:
        self._path = path
        self._windows = windows
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        try:
            _drop_unfinished_line(self._path)
            self._file = self._path.open("a", encoding="utf-8")
        except OSError as error:
            raise LoadgenError(f"{self._path}: the journal cannot be written: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def begin(self, header: Header) -> None:
        """Write the first line."""
        self._write({"format": _FORMAT, "version": VERSION, "study": asdict(header)})

    def add_level(self, run: Run, level: LevelResult) -> None:
        """Write what was measured at a level of a run."""
        self._write(_identity(run) | {"level": level_document(level, self._windows)})

    def add_failure(self, run: Run) -> None:
        """Write that a run ended without all its figures."""
        self._write(_identity(run) | {"failed": run.failed})

    def _write(self, entry: Mapping[str, Any]) -> None:
        assert self._file is not None, "the journal is not open"
        try:
            self._file.write(f"{json.dumps(entry, separators=(',', ':'))}\n")
            self._file.flush()
        except OSError as error:
            raise LoadgenError(f"{self._path}: the journal cannot be written: {error.strerror}") from error


def read_journal(path: Path) -> Record:
    """Return what a journal says. Raises ConfigError for a file that is none, or of another version."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        entries = [json.loads(line) for line in lines if line.endswith("\n")]
    except OSError as error:
        raise ConfigError(f"{path}: the journal cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: this is no journal of a study: {error}") from error
    first = entries[0] if entries and isinstance(entries[0], dict) else {}
    if first.get("format") != _FORMAT or first.get("version") != VERSION:
        raise ConfigError(f"{path}: this is no journal of a study, or one of another version")
    return Record(Header(**first["study"]), _runs(entries[1:]))


def _runs(entries: Sequence[Mapping[str, Any]]) -> tuple[Run, ...]:
    runs: dict[int, Run] = {}
    for entry in entries:
        number = entry["run"]
        run = runs.get(number) or Run(number, Settings(tuple((name, value) for name, value in entry["settings"])))
        if "level" in entry:
            runs[number] = replace(run, levels=(*run.levels, level_from(entry["level"])))
        else:
            runs[number] = replace(run, failed=entry["failed"])
    return tuple(runs.values())


def _identity(run: Run) -> dict[str, Any]:
    return {"run": run.number, "settings": run.settings.values}


def _drop_unfinished_line(path: Path) -> None:
    if path.exists():
        text = path.read_bytes()
        finished = text.rfind(b"\n") + 1
        if finished < len(text):
            with path.open("r+b") as file:
                file.truncate(finished)
