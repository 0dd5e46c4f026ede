"""Requests that are made up while the load runs, from arrays that the caller's code gives one by one."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, Self

from loadgen.errors import ConfigError, LoadgenError
from loadgen.load.steps import Step
from loadgen.load.tensors import Arrays


class Drawn:
    """An iterator of requests that ends with the steps, or when something is wrong with them: `on_error` gets what.

    It is asked from callbacks of the event loop, out of which no exception may come.
    """

    def __init__(
        self, steps: Iterator[Step], encode: Callable[[Arrays], Any], on_error: Callable[[LoadgenError], object]
    ) -> None:
        self._steps = steps
        self._encode = encode
        self._on_error = on_error

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:  # noqa: ANN401 - each client has requests of its own
        try:
            return self._encode(next(self._steps).inputs)
        except StopIteration:
            raise
        except LoadgenError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - the caller's code may raise anything
            ours = ConfigError(f"the code that gives the arrays raised {type(error).__name__}: {error}")
            ours.__cause__ = error
            self._fail(ours)
        raise StopIteration

    def _fail(self, error: LoadgenError) -> None:
        # Not at once: the one who asks is in the middle of its work.
        asyncio.get_running_loop().call_soon(self._on_error, error)
