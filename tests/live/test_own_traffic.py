"""Inputs from the caller's own code, and a look at every output, on the real Triton."""

from collections import Counter
from collections.abc import Iterator
from itertools import count, islice

import numpy as np
import pytest

import loadgen
from loadgen import (
    Concurrency,
    ConfigError,
    ErrorLimit,
    InferenceError,
    Inputs,
    RequestRate,
    Target,
    Transport,
    TritonServer,
    Windows,
)

pytestmark = pytest.mark.live

SHORT = Windows(length_s=0.1, tolerance=9.0)
LONG = Windows(length_s=60)
"""It is the end of the load that ends them."""
PROTOCOLS = [
    pytest.param("grpc", Transport(), id="gRPC"),
    pytest.param("grpc", Transport(streaming=True), id="gRPC, streaming"),
    pytest.param("http", Transport(), id="HTTP"),
]


@pytest.fixture
def target(triton: TritonServer) -> Target:
    return triton.target("mnist-onnx")


def digit(seed: int) -> dict[str, np.ndarray]:
    return {"input.1": np.random.default_rng(seed).random((1, 1, 28, 28), dtype=np.float32)}


def classes_of(target: Target, arrays, **options) -> list[bytes]:
    """Return what the server makes of arrays, one request at a time."""
    answers = []
    loadgen.run(
        target,
        Concurrency(1),
        inputs=Inputs(arrays=arrays),
        on_outputs=lambda outputs: answers.append(outputs["predictions"].tobytes()),
        windows=SHORT,
        **options,
    )
    return answers


@pytest.mark.parametrize(("protocol", "transport"), PROTOCOLS)
def test_what_is_drawn_is_answered_as_what_is_known_ahead(triton: TritonServer, protocol, transport: Transport):
    target = triton.target("mnist-onnx", protocol=protocol)
    ahead = classes_of(target, [digit(n) for n in range(8)], request_count=8, transport=transport)
    drawn = classes_of(target, map(digit, count()), request_count=8, transport=transport)

    assert len(set(ahead)) == 8
    assert drawn == ahead


def test_every_response_is_seen_once(target: Target):
    seen: Counter[tuple[int, ...]] = Counter()

    def look(outputs) -> None:
        seen[outputs["predictions"].shape] += 1

    report = loadgen.run(target, Concurrency(4), on_outputs=look, request_count=200)
    assert (seen, report.request_count) == ({(1, 10): 200}, 200)


@pytest.mark.parametrize("load", [Concurrency(4), RequestRate(500)], ids=str)
def test_a_load_ends_with_its_inputs(target: Target, load: loadgen.LoadMode):
    report = loadgen.run(target, load, inputs=Inputs(arrays=islice(map(digit, count()), 50)), windows=LONG)

    assert report.ended_count == 50
    assert (report.stable, report.reason) == (False, "the inputs ended in window 1")


def test_inputs_that_end_too_soon_are_told(target: Target):
    few = Inputs(arrays=islice(map(digit, count()), 5))
    with pytest.raises(ConfigError, match="they ended before a request was measured"):
        loadgen.run(target, Concurrency(2), inputs=few, warmup_request_count=10, windows=SHORT)


def test_an_error_in_the_callers_code_ends_the_run_and_is_its_cause(target: Target):
    def breaking() -> Iterator[dict[str, np.ndarray]]:
        yield from map(digit, range(20))
        raise OSError("the disk is gone")

    with pytest.raises(ConfigError, match="raised OSError: the disk is gone") as caught:
        loadgen.run(target, Concurrency(2), inputs=Inputs(arrays=breaking()), windows=LONG)

    assert isinstance(caught.value.__cause__, OSError)
    assert 18 <= caught.value.report.ended_count <= 20, "two may still have been in flight"
    assert caught.value.report.reason == "ended by an error in window 1"


def test_a_drawn_input_that_does_not_fit_ends_the_run(target: Target):
    wrong = [*map(digit, range(3)), {"input.1": np.zeros(3, np.float32)}]
    with pytest.raises(ConfigError, match=r"arrays, step 3: .* has shape \[3\]"):
        loadgen.run(target, Concurrency(2), inputs=Inputs(arrays=iter(wrong)), windows=SHORT)


def test_a_response_that_the_caller_refuses_is_a_failed_request(target: Target):
    def refuse(_outputs) -> None:
        raise AssertionError("I expected a seven")

    with pytest.raises(InferenceError, match=r"\[AssertionError\] I expected a seven"):
        loadgen.run(target, Concurrency(1), on_outputs=refuse, windows=SHORT)

    numbers = count()
    report = loadgen.run(
        target,
        Concurrency(1),
        on_outputs=lambda outputs: refuse(outputs) if next(numbers) % 10 == 0 else None,
        error_limit=ErrorLimit(rate=0.5),
        request_count=100,
    )
    assert {kind: failed.count for kind, failed in report.failures.items()} == {"AssertionError": 10}
