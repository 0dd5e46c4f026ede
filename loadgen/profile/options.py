"""How a load of the library is run, besides target and load."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypedDict

from loadgen.load.input_data import Inputs
from loadgen.load.metrics_source import MetricsSource
from loadgen.load.sequence_options import Sequences
from loadgen.load.transport import Transport
from loadgen.measure.failures import ErrorLimit
from loadgen.measure.windows import Windows

if TYPE_CHECKING:  # `import loadgen` should not take the time that numpy takes
    from loadgen.load.tensors import Arrays


class Options(TypedDict, total=False):
    """What `run`, `run_async` and `watch` take by name. All of it has a default."""

    windows: Windows
    """How long is measured, and when the figures are good enough: by default windows of 6 s until three agree."""
    inputs: Inputs
    """What the requests carry: random tensors unless told otherwise."""
    transport: Transport
    """How the requests travel: streaming, compression, timeouts, and whose client sends them."""
    error_limit: ErrorLimit
    """How many failed requests are tolerated: none by default, so that the first one ends the run."""
    request_count: int
    """Send exactly so many requests at each load, all of them in one window."""
    warmup_request_count: int
    """Send so many requests first that do not count."""
    sequences: Sequences
    """How long the sequences are that the requests to a sequence model form, and which ids they have."""
    metrics: MetricsSource
    """Where to read the server's metrics meanwhile: `MetricsSource(server.metrics_url)`."""
    on_outputs: "Callable[[Arrays], object]"
    """Gets the outputs of each good response, numpy arrays by name. A request for which it raises has failed, and is
    counted by the name of the exception. The time it takes is the client's, and counts."""
