"""Replies compared with what the input data expects."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from loadgen.engine.client import Client
from loadgen.errors import LoadgenError
from loadgen.load.tensors import Arrays
from loadgen.profile.sent import Sent
from loadgen.wire.exchange import BAD_REPLY, Exchange, Failure

WRONG_OUTPUT: Final = "wrong output"

_MOST_SHOWN = 60


def validating(
    client: Client, outputs_of: Callable[[Exchange], Sequence[Arrays]], sent_as: Callable[[Any], Sent]
) -> Client:
    """Return the client, for which a request fails whose reply has other outputs than the step of the request expects.

    `outputs_of` gives the outputs of each response of an exchange; all of them are compared (behaviour section 8.4).
    `sent_as` tells what a request stands for.
    """

    def failure_of(exchange: Exchange) -> Failure | None:
        failure = client.failure_of(exchange)
        if failure is not None:
            return failure
        sent = sent_as(exchange.request)
        wanted = sent.step.expected
        try:
            wrong = [found for outputs in outputs_of(exchange) if (found := difference(outputs, wanted))]
        except LoadgenError as error:
            return Failure(BAD_REPLY, str(error))
        return Failure(WRONG_OUTPUT, f"{sent.place}: {wrong[0]}") if wrong else None

    return replace(client, failure_of=failure_of)


def difference(given: Arrays, expected: Arrays) -> str | None:
    """Return in words the first output that is not as `expected`, or None. Only values count, in row-major order."""
    for name, right in expected.items():
        if name not in given:
            return f'the reply has no output "{name}"'
        wrong = _difference(given[name].ravel(), right.ravel())
        if wrong is not None:
            return f'output "{name}" {wrong}'
    return None


def _difference(given: NDArray[Any], expected: NDArray[Any]) -> str | None:
    if given.size != expected.size:
        return f"has {given.size} elements, expected {expected.size}"
    # NaN is not equal to itself, but what was expected all the same.
    differs = (given != expected) & ((given == given) | (expected == expected))  # noqa: PLR0124
    (wrong,) = np.nonzero(differs)
    if not wrong.size:
        return None
    first = wrong[0]
    more = f" ({wrong.size} of {given.size} elements differ)" if given.size > 1 else ""
    return f"is {_shown(given[first])} at {first}, expected {_shown(expected[first])}{more}"


def _shown(element: Any) -> str:  # noqa: ANN401 - an element of any datatype
    text = repr(element.item() if isinstance(element, np.generic) else element)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
