"""Loads that change: what a text stands for, and when it sends."""

import numpy as np
import pytest

from loadgen.errors import ConfigError
from loadgen.load.modes import LoadShape, Replay
from loadgen.load.schedule import schedule_of
from loadgen.load.shape import Phase, phases_of


@pytest.mark.parametrize(
    ("text", "phases"),
    [
        ("ramp 100..2000/s over 30s, hold 10s", [Phase(100, 2000, 30), Phase(2000, 2000, 10)]),
        ("hold 50/s for 2.5s,hold 500ms", [Phase(50, 50, 2.5), Phase(50, 50, 0.5)]),
        ("hold 5/s for 1m, spike 90/s for 1s, hold 2s", [Phase(5, 5, 60), Phase(90, 90, 1), Phase(5, 5, 2)]),
        ("step 10..30/s by 10 every 1s, hold 2s", [*(Phase(r, r, 1) for r in (10, 20, 30)), Phase(30, 30, 2)]),
        ("step 30..5/s by 10 every 1s", [Phase(r, r, 1) for r in (30, 20, 10)]),
        ("sine 10..50/s every 2s for 6s, hold 1s", [Phase(10, 50, 6, 2), Phase(10, 10, 1)]),
        ("ramp 0..9/s over 1s", [Phase(0, 9, 1)]),
    ],
)
def test_a_text_stands_for_phases(text, phases):
    assert list(phases_of(text)) == phases


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hold 10s", '"hold 10s" has no rate before it; give one, such as hold 500/s for 10s'),
        ("ramp 1..2/s for 3s", '"ramp 1..2/s for 3s" is no phase; give phases such as '),
        ("", '"" is no phase'),
        ("ramp 0..0/s over 3s", "nothing is ever sent"),
        ("ramp 1..2/s over 0s", "0s is no time"),
        ("step 1..2/s by 0 every 1s", "steps by 0 lead nowhere"),
    ],
)
def test_another_text_is_refused(text, words):
    with pytest.raises(ConfigError) as caught:
        LoadShape(text)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "in_each_second"),
    [
        ("hold 100/s for 1s, spike 900/s for 1s, hold 1s", [100, 900, 100]),
        # The middle of each second of the ramp.
        ("ramp 0..300/s over 3s", [50, 150, 250]),
        ("step 100..300/s by 100 every 1s", [100, 200, 300]),
        ("sine 100..300/s every 2s for 2s", [200, 200]),
    ],
)
def test_a_rate_is_kept_while_it_changes(text, in_each_second):
    offsets_s = schedule_of(LoadShape(text)).offsets_ns / 1e9
    counts, _ = np.histogram(offsets_s, range(len(in_each_second) + 1))

    assert counts.tolist() == pytest.approx(in_each_second, abs=1)
    assert len(offsets_s) == sum(in_each_second)
    assert LoadShape(text).per_second == pytest.approx(np.mean(in_each_second))


def test_a_ramp_goes_evenly_within_its_seconds():
    offsets_s = schedule_of(LoadShape("ramp 0..1000/s over 1s")).offsets_ns / 1e9

    # The k-th request is due when the integral, 1000 t^2 / 2, is k.
    assert offsets_s == pytest.approx(np.sqrt(np.arange(1, 501) / 500), abs=1e-5)


def test_random_arrivals_have_the_rate_of_the_shape_and_a_seed():
    shape = LoadShape("hold 5000/s for 2s, hold 1000/s for 2s", arrivals="poisson", seed=4)
    offsets_ns = schedule_of(shape).offsets_ns
    counts, _ = np.histogram(offsets_ns / 1e9, [0, 2, 4])

    assert counts == pytest.approx([10_000, 2000], rel=0.08)
    gaps_ns = np.diff(offsets_ns[:8000])
    assert gaps_ns.std() / gaps_ns.mean() == pytest.approx(1, abs=0.05)
    assert np.array_equal(offsets_ns, schedule_of(shape).offsets_ns)
    assert not np.array_equal(offsets_ns, schedule_of(LoadShape(shape.text, arrivals="poisson", seed=5)).offsets_ns)


def test_a_replay_sends_at_its_instants_and_ends():
    assert list(schedule_of(Replay((0, 5, 5, 90))).instants_ns(1000)) == [1000, 1005, 1005, 1090]


@pytest.mark.parametrize("offsets_ns", [(), (-1, 4), (5, 4)])
def test_instants_that_do_not_ascend_are_refused(offsets_ns):
    with pytest.raises(ConfigError, match="in ascending order"):
        Replay(offsets_ns)
