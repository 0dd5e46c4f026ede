"""Requests that form sequences, and what becomes of a sequence whose request has no good end."""

import pytest

from loadgen.engine.client import Client
from loadgen.load.sequence_options import Sequences
from loadgen.load.sequences import OpenSequences
from loadgen.load.steps import Step
from loadgen.profile.sequence_requests import SequenceRequests
from loadgen.wire.exchange import Exchange, Failure


class Sent:
    """A request of which nothing is known but its parameters."""

    def __init__(self, parameters):
        self.parameters = dict(parameters)


def requests_for(at_a_time, *, length=3):
    """Return the requests, and what judges each that is over."""
    sequences = OpenSequences(Sequences(length=length, length_variation=0.0), [1], has_own_length=False)
    requests = SequenceRequests(sequences, [[Step({}, {"y": 1})]], [[Sent]])
    client = requests.watch(Client(lambda: None, lambda exchange: exchange.failure, lambda level: level))
    requests.begin(at_a_time)

    def over(request, failure=None, *, unprocessed=False):
        exchange = Exchange(request)
        exchange.failure, exchange.unprocessed = failure, unprocessed
        return client.failure_of(exchange)

    return requests, over


def flags(request):
    return tuple(request.parameters.values())


def test_a_sequence_waits_for_the_answer_to_its_request():
    requests, over = requests_for(2)
    first, second = next(requests), next(requests)
    over(second)

    assert [flags(one) for one in (first, second, next(requests))] == [
        (1, True, False),
        (2, True, False),
        (2, False, False),
    ]


def test_sequences_are_counted_when_their_last_request_is_answered():
    requests, over = requests_for(1, length=1)
    for _ in range(3):
        over(next(requests))
    unanswered = next(requests)

    assert (requests.take(), requests.take()) == (3, 0)
    over(unanswered)
    assert requests.take() == 1


def test_a_request_that_will_be_sent_again_keeps_its_place():
    requests, over = requests_for(2)
    refused, other = next(requests), next(requests)
    over(refused, Failure("RESET"), unprocessed=True)
    over(other)

    assert flags(next(requests)) == (2, False, False)
    over(refused)
    assert flags(next(requests)) == (1, False, False)


@pytest.mark.parametrize("is_told", [True, False], ids=["it failed", "nobody waits for it any more"])
def test_a_sequence_is_given_up_with_its_request(is_told):
    requests, over = requests_for(1)
    lost = next(requests)
    if is_told:
        assert over(lost, Failure("UNAVAILABLE")) == Failure("UNAVAILABLE")

    assert flags(next(requests)) == (2, True, False)
    over(lost)  # however late its answer comes
    assert requests.resting_count == 0


def test_at_the_end_each_open_sequence_gets_one_more_request():
    """The first sequence is over, the second one rests, and the third one waits for its answer."""
    requests, over = requests_for(3, length=2)
    first, second, third = (next(requests) for _ in range(3))
    assert requests.sent_as(second).step.expected == {"y": 1}
    over(first)
    over(second)
    over(next(requests))

    to_be_ended = []
    requests.end(lambda: to_be_ended.append(requests.resting_count))
    end = next(requests)
    assert (flags(end), list(requests), to_be_ended) == ((2, False, True), [], [])
    assert requests.sent_as(end).step.expected == {}, "one request more has another answer"
    assert requests.sent_as(third).step.expected == {"y": 1}
    over(third)
    assert to_be_ended == [1]
    assert [flags(one) for one in requests] == [(3, False, True)]


def test_a_sequence_that_the_server_has_let_go_of_needs_no_end():
    requests, over = requests_for(1)
    over(next(requests))
    requests.end()
    end = next(requests)

    assert over(end, Failure("INVALID_ARGUMENT", "must specify the START flag")) is None
    assert not requests.are_open
