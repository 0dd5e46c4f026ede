"""Which request of which sequence comes next."""

from collections import Counter

import pytest

from loadgen.errors import ConfigError
from loadgen.load.sequence_options import Sequences
from loadgen.load.sequences import OpenSequences

JUST = {"length_variation": 0.0}


def opened(*step_counts, has_own_length=False, **options):
    return OpenSequences(Sequences(**options), step_counts or (1,), has_own_length=has_own_length)


def play(sequences, count):
    """Return so many turns of a single sequence at a time."""
    turns = []
    for _ in range(count):
        sequence = sequences.next()
        turns.append(sequence.turn())
        (sequences.forget if turns[-1].is_last else sequences.rest)(sequence)
    return turns


def test_a_sequence_begins_and_ends_once_and_carries_its_stream_over_and_over():
    turns = play(opened(2, length=5, **JUST), 10)

    assert [turn.sequence_id for turn in turns] == [1] * 5 + [2] * 5
    assert [turn.step for turn in turns] == [0, 1, 0, 1, 0] * 2
    assert [turn.is_first for turn in turns] == [True, False, False, False, False] * 2
    assert [turn.is_last for turn in turns] == [False, False, False, False, True] * 2


def test_a_sequence_of_one_request_is_its_first_and_its_last():
    (turn,) = play(opened(length=1), 1)

    assert turn.parameters == (("sequence_id", 1), ("sequence_start", True), ("sequence_end", True))


@pytest.mark.parametrize(
    ("options", "lengths"),
    [
        pytest.param({"length": 10, "length_variation": 0.3}, range(8, 13), id="the share is cut to whole requests"),
        pytest.param({"length": 1, "length_variation": 0.9}, range(1, 2), id="never none"),
        pytest.param({}, range(17, 24), id="20 more or less when nothing is said"),
    ],
)
def test_lengths_vary_around_the_one_that_was_asked_for(options, lengths):
    ids = Counter(turn.sequence_id for turn in play(opened(**options), 20_000))
    del ids[max(ids)]  # it may not be over

    assert set(ids.values()) == set(lengths)


def test_without_a_length_a_sequence_is_as_long_as_its_stream_and_all_streams_are_carried():
    turns = play(opened(2, 3, has_own_length=True), 200)

    ends = Counter((turn.stream, turn.step) for turn in turns if turn.is_last)
    assert set(ends) == {(0, 1), (1, 2)}


def test_a_length_that_was_asked_for_comes_before_that_of_the_stream():
    assert [turn.is_last for turn in play(opened(3, has_own_length=True, length=2, **JUST), 4)] == [False, True] * 2


def test_a_sequence_goes_on_before_another_one_begins():
    sequences = opened(length=3, **JUST)
    first, second = sequences.next(), sequences.next()
    first.turn(), second.turn()
    assert (first.id, second.id, sequences.resting_count) == (1, 2, 0)

    sequences.rest(second)
    sequences.rest(first)

    assert (sequences.next(), sequences.next(), sequences.next().id) == (second, first, 3)


def test_ids_go_round_and_pass_over_those_that_are_open():
    sequences = opened(first_id=7, id_count=3, length=2, **JUST)
    open_for_long = sequences.next()

    ids = [turn.sequence_id for turn in play(sequences, 10)]

    assert (open_for_long.id, ids) == (7, [8, 8, 9, 9, 8, 8, 9, 9, 8, 8])


def test_an_end_before_its_time_carries_the_data_of_the_request_before():
    sequence = opened(3, length=9, **JUST).next()
    last = [sequence.turn(), sequence.turn()][-1]

    end = sequence.end()

    assert (end.step, end.is_first, end.is_last) == (last.step, False, True)


def test_more_sequences_at_a_time_than_ids_are_refused():
    sequences = opened(first_id=5, id_count=4)
    sequences.require_ids(4)

    with pytest.raises(ConfigError, match=r"^--sequence-id-range 5:9: 5 sequences at a time need as many ids$"):
        sequences.require_ids(5)


@pytest.mark.parametrize(
    "options",
    [{"length": 0}, {"length_variation": -0.1}, {"first_id": 0}, {"id_count": 0}, {"first_id": 2**63}, {"seed": -1}],
)
def test_options_that_cannot_be_used_are_refused(options):
    (name,) = options
    with pytest.raises(ConfigError, match=name):
        Sequences(**options)
