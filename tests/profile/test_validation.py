"""Replies compared with what was expected: equal values are good, and a sentence tells the first that is not."""

import numpy as np
import pytest

from loadgen.engine.client import Client
from loadgen.errors import InferenceError
from loadgen.load.steps import Step
from loadgen.profile.sent import Sent
from loadgen.profile.validation import difference, validating
from loadgen.wire.exchange import Exchange, Failure

NAN = float("nan")


def array(values, dtype="<i4"):
    return np.array(values, dtype)


@pytest.mark.parametrize(
    ("given", "expected", "words"),
    [
        pytest.param(array([1, 2]), array([1, 2]), None, id="equal"),
        pytest.param(array([[1], [2]]), array([1, 2]), None, id="equal in another shape"),
        pytest.param(array([NAN, 1], "<f4"), array([NAN, 1], "<f4"), None, id="not a number, as expected"),
        pytest.param(array([b"a"], "O"), array([b"a"], "O"), None, id="equal strings"),
        pytest.param(array([]), array([]), None, id="nothing, as expected"),
        pytest.param(
            array([1, 5, 6]),
            array([1, 2, 3]),
            'output "y" is 5 at 1, expected 2 (2 of 3 elements differ)',
            id="the first of two that differ",
        ),
        pytest.param(array([0.5], "<f4"), array([0.25], "<f4"), 'output "y" is 0.5 at 0, expected 0.25', id="floats"),
        pytest.param(array([NAN], "<f4"), array([1], "<f4"), 'output "y" is nan at 0, expected 1.0', id="not a number"),
        pytest.param(array([b"a"], "O"), array([b"b"], "O"), "output \"y\" is b'a' at 0, expected b'b'", id="strings"),
        pytest.param(
            array([b"a" * 100], "O"),
            array([b""], "O"),
            f"output \"y\" is b'{'a' * 58}... at 0, expected b''",
            id="a long string",
        ),
        pytest.param(array([1]), array([1, 2]), 'output "y" has 1 elements, expected 2', id="too few"),
    ],
)
def test_an_output_is_compared_value_by_value(given, expected, words):
    assert difference({"y": given, "z": array([9])}, {"y": expected}) == words


def test_a_missing_output_is_told():
    assert difference({"z": array([1])}, {"y": array([1])}) == 'the reply has no output "y"'


def judged(replies, *, failure=None):
    """Return why an exchange fails, of which these are the outputs, where the second step expects y = 2."""
    requests = [object(), object()]
    client = Client(lambda: None, lambda _exchange: failure, lambda _level: 1)
    steps = [Sent(Step({}), "step 0"), Sent(Step({}, {"y": array([2])}), "step 1")]

    def outputs_of(_exchange):
        if isinstance(replies, Exception):
            raise replies
        return [{"y": array([value])} for value in replies]

    return validating(client, outputs_of, dict(zip(requests, steps, strict=True)).__getitem__).failure_of(
        Exchange(requests[1])
    )


@pytest.mark.parametrize(
    ("replies", "failure"),
    [
        pytest.param([2], None, id="the right reply"),
        pytest.param([2, 2], None, id="several right replies"),
        pytest.param([], None, id="no reply of a decoupled model"),
        pytest.param(
            [2, 3],
            Failure("wrong output", 'step 1: output "y" is 3 at 0, expected 2'),
            id="a wrong reply among several",
        ),
        pytest.param(InferenceError("no reply"), Failure("bad reply", "no reply"), id="a reply that cannot be read"),
    ],
)
def test_a_request_fails_when_a_reply_is_not_that_of_its_own_step(replies, failure):
    assert judged(replies) == failure


def test_a_failed_request_keeps_its_failure():
    failure = Failure("UNAVAILABLE", "going down")
    assert judged([3], failure=failure) == failure
