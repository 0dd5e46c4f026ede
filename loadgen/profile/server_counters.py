"""The server's counters of each model of a run."""

from collections.abc import Mapping
from dataclasses import replace

from loadgen.measure.server_statistics import ServerStatistics, together
from loadgen.measure.windows import Window
from loadgen.triton.control import ControlPlane

ServerCounters = Mapping[str, ServerStatistics | None]
"""By the name of the model; None is not known."""


def read_counters(controls: Mapping[str, ControlPlane]) -> ServerCounters:
    """Return what the server has counted until now. Raises ServerError where it does not answer."""
    return {name: control.statistics() for name, control in controls.items()}


def with_server(window: Window, before: ServerCounters, after: ServerCounters) -> Window:
    """Return the window with what the server did in it, between two readings; the same for each of several models."""
    done = {name: _difference(before[name], after[name]) for name in after}
    models = {name: replace(model, server=done[name]) for name, model in window.models.items()}
    return replace(window, server=together(done.values()), models=models)


def _difference(before: ServerStatistics | None, after: ServerStatistics | None) -> ServerStatistics | None:
    """Return what was done between two readings; None if one is missing, or the server was restarted in between."""
    if before is None or after is None:
        return None
    difference = after - before
    return None if difference.went_back else difference
