import pytest

from loadgen.errors import ConfigError
from loadgen.load.input_data import Inputs
from loadgen.load.mix import Mix
from loadgen.load.sequence_options import Sequences
from loadgen.load.target import Target
from loadgen.load.transport import Transport
from loadgen.measure.search import BinarySearch, LinearSearch
from loadgen.measure.windows import Windows
from loadgen.profile.plan import Plan

TARGET = Target("localhost:8001", "m")
MIX = Mix({TARGET: 1, Target("localhost:8001", "b"): 1})
ONE = LinearSearch(1, 1)
SHARING = Transport(shared_memory="system")


@pytest.mark.parametrize(
    ("search", "counts", "sentence"),
    [
        (ONE, {"request_count": 0}, "request_count must be at least 1 request, not 0"),
        (ONE, {"warmup_request_count": -1}, "warmup_request_count must be at least 0, not -1"),
        (
            LinearSearch(1, None),
            {},
            "LinearSearch(start=1, end=None, step=1) needs a latency limit: set latency_limit_ns of the windows",
        ),
        (
            BinarySearch(1, 4),
            {},
            "BinarySearch(start=1, end=4, step=1) needs a latency limit: set latency_limit_ns of the windows",
        ),
        (
            ONE,
            {"transport": SHARING, "inputs": Inputs(arrays=iter([]))},
            "shared memory is filled before the load begins: give a list of arrays",
        ),
        (
            ONE,
            {"mix": MIX, "inputs": Inputs(arrays=iter([]))},
            "requests to several models are encoded before the load: give a list of arrays",
        ),
        (
            ONE,
            {"mix": Mix(MIX.weights, {"b": Inputs(batch_size=4)})},
            "-b 4: several models have one batch size, as the run says",
        ),
        (
            ONE,
            {"mix": MIX, "sequences": Sequences()},
            "several models take no sequences of requests: measure a sequence model alone",
        ),
        (
            ONE,
            {"transport": SHARING, "on_outputs": print},
            "on_outputs does not go with shared memory: all requests have their outputs written to the same place",
        ),
    ],
    ids=str,
)
def test_a_plan_that_cannot_be_followed_is_refused(search, counts, sentence):
    with pytest.raises(ConfigError) as caught:
        Plan(TARGET, search, **counts)

    assert str(caught.value) == sentence


@pytest.mark.parametrize("search", [ONE, LinearSearch(1, None), BinarySearch(1, 4)], ids=str)
def test_with_a_limit_every_search_has_an_end(search):
    Plan(TARGET, search, Windows(latency_limit_ns=1), request_count=1, warmup_request_count=0)
