"""When responses came: the columns of a decoupled model, and the times in them."""

import numpy as np
import pytest

from tests.measure.decoupled import responses


@pytest.mark.parametrize(
    ("seen_ns", "first_ns", "between_ns"),
    [
        ([(110, 120, 150), (250,), (310, 330)], [10, 50, 10], [10, 30, 20]),
        ([(), (250, 260), ()], [50], [10]),
        ([(110,), (), (390,)], [10, 90], []),
        ([(), (), ()], [], []),
    ],
)
def test_times_are_those_within_a_request(seen_ns, first_ns, between_ns):
    some = responses(*seen_ns)

    assert some.first_ns(np.array([100, 200, 300])).tolist() == first_ns
    assert some.between_ns.tolist() == between_ns
    assert len(some) == sum(map(len, seen_ns))


def test_there_may_be_no_request():
    none = responses()

    assert (none.first_ns(np.array([], np.int64)).tolist(), none.between_ns.tolist(), len(none)) == ([], [], 0)
