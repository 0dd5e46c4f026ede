"""Where a study takes place: the model on its server, the levels, and the journal."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from loadgen.measure.search import GivenLevels
from loadgen.profile.plan import Plan
from loadgen.report.environment import environment
from loadgen.study.axes import Config, Settings, configured
from loadgen.study.folder import JOURNAL, Place
from loadgen.study.journal import Header, Journal, Record
from loadgen.study.schedule import Study
from loadgen.triton.control import ControlPlane, control_plane


@dataclass(frozen=True)
class Bench:
    """Where and how the runs of a study take place: as `plan` says, at these `levels`.

    `record` is what was known when it began. Without a `journal` nothing is written.
    """

    plan: Plan
    levels: GivenLevels
    control: ControlPlane
    record: Record
    journal: Journal | None

    @property
    def original(self) -> Config:
        """The configuration that all others are made from, and that the model has in the end."""
        return self.record.header.original


@contextmanager
def bench(study: Study, plan: Plan, levels: GivenLevels, place: Place) -> Iterator[Bench]:
    """Yield the bench of a study; the journal of a new one is begun.

    Raises ConfigError for a model that cannot be loaded, or whose configuration has no such field as an axis names,
    and ServerError where no server answers.
    """
    with ExitStack() as stack:
        control = stack.enter_context(control_plane(plan.target))
        control.describe()  # says what is wrong with the server or the model
        record = place.known or Record(_header(place.asked, control), ())
        for axis in study.axes:
            configured(record.header.original, Settings(((axis.name, axis.values[0]),)))
        journal = None if place.folder is None else stack.enter_context(Journal(place.folder / JOURNAL, plan.windows))
        if journal is not None and place.known is None:
            journal.begin(record.header)
        yield Bench(plan, levels, control, record, journal)


def _header(asked: Mapping[str, Any], control: ControlPlane) -> Header:
    started_at = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    return Header(dict(asked), control.configuration(), control.server, environment(), started_at)
