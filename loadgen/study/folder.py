"""The folder of a study, with its journal and its report."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loadgen.errors import ConfigError
from loadgen.study.journal import Record, read_journal
from loadgen.study.schedule import Study

JOURNAL = "journal.jsonl"


def asked(study: Study, measurement: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return what has to be the same when a study is resumed, as JSON reads it; `measurement` in words."""
    # What is not given stands for nothing, so that a study can be resumed by a loadgen that knows more options.
    given = {name: value for name, value in asdict(study).items() if value is not None}
    written: dict[str, Any] = json.loads(json.dumps({"study": given, "measurement": measurement}))
    return written


@dataclass(frozen=True)
class Place:
    """What a study is `asked` to be, and the `folder` that it is kept in, with what is `known` of it from there."""

    asked: Mapping[str, Any]
    folder: Path | None = None
    known: Record | None = None


def place(wanted: Mapping[str, Any], folder: Path, *, resume: bool) -> Place:
    """Return the place of a study, new or to be resumed; the folder of a new one is made.

    Raises ConfigError where another study is there, where one is that is not to be resumed, and where none can be.
    """
    file = folder / JOURNAL
    if resume:
        record = read_journal(file)
        if record.header.asked != wanted:
            raise ConfigError(f"{folder}: the study there is another one; resume it with the arguments it began with")
        return Place(wanted, folder, record)
    if file.exists() and read_journal(file).runs:
        raise ConfigError(f"{folder}: a study is there; resume it, or name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)  # of a study that never began to measure
    except OSError as error:
        raise ConfigError(f"{folder}: this folder cannot be made: {error.strerror}") from error
    return Place(wanted, folder)
