"""Which of several models each request was for."""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadgen.measure.failures import FailureCount, Failures, merged
from loadgen.measure.windows import Window
from loadgen.wire.exchange import Exchange, Failure


@dataclass(slots=True)
class _Model:
    """What judges its replies, whether it is decoupled, and which of its requests have failed in this window."""

    name: str
    place: int
    failure_of: Callable[[Exchange], Failure | None]
    is_decoupled: bool
    failures: Failures = field(default_factory=dict)


class ByModel:
    """Notes which model each good reply is of, in their order, from the callback that judges it.

    So the records of a load are those of one model, and are told apart when a window is over.
    """

    def __init__(self) -> None:
        self._models: list[_Model] = []
        self._model_of: dict[Any, _Model] = {}
        self._places = array("H")
        """of the models that have answered"""

    def add(
        self,
        name: str,
        requests: Iterable[Any],
        failure_of: Callable[[Exchange], Failure | None],
        *,
        is_decoupled: bool = False,
    ) -> None:
        """Take in one more model, with all the requests that there are to it."""
        model = _Model(name, len(self._models), failure_of, is_decoupled)
        self._models.append(model)
        self._model_of.update(dict.fromkeys(requests, model))

    def failure_of(self, exchange: Exchange) -> Failure | None:
        """Judge a reply as those of its model are judged."""
        model = self._model_of[exchange.request]
        failure = model.failure_of(exchange)
        if failure is None:
            self._places.append(model.place)
        return failure

    def add_failure(self, request: Any, failure: Failure) -> None:  # noqa: ANN401 - each client has requests of its own
        """Count a request that has failed for good."""
        model = self._model_of[request]
        model.failures = merged((model.failures, {failure.kind: FailureCount(1, failure.message)}))

    def told_apart(self, window: Window) -> Window:
        """Return a window, and in it that of each model: all that has ended since the last call, ended in it."""
        places = np.array(self._places, np.uint16)
        del self._places[:]
        return replace(window, models={model.name: _taken(model, window, places) for model in self._models})


def _taken(model: _Model, window: Window, places: NDArray[np.uint16]) -> Window:
    """Return the window of one model, and begin to count its failures anew. What the client did is not told of it."""
    (requests,) = np.nonzero(places == model.place)
    failures, model.failures = model.failures, {}
    responses = window.responses.of(requests) if window.responses is not None and model.is_decoupled else None
    records = replace(window.records.of(requests), failures=failures)
    return replace(window, records=records, responses=responses, client=None)
