"""When the client itself was the limit, and in which words; each share can be worked out by hand."""

from dataclasses import replace

import pytest

from loadgen.measure.client_limit import ceiling, judge_client
from loadgen.measure.client_use import ClientUse, pooled
from loadgen.measure.planned import Planned
from loadgen.measure.sends import CLIENT, IN_FLIGHT, Sends
from loadgen.measure.summary import summarize
from loadgen.units import ms, seconds


def use(*, ran_ms, waited_ms=None, lags_ms=()):
    """Return what was made of one second."""
    waited_ns = None if waited_ms is None else ms(waited_ms)
    lags_ns = [ms(lag) for lag in lags_ms]
    return ClientUse(seconds(1), ms(ran_ms), waited_ns, len(lags_ns), sum(lags_ns), max(lags_ns, default=0))


@pytest.fixture
def figures(window):
    """Return a maker of the figures of one second in which 100 requests of 10 ms ended."""

    def make(client, count=100):
        return replace(summarize([window([10] * count, length_s=1)]), client=client)

    return make


@pytest.mark.parametrize(
    ("client", "words"),
    [
        pytest.param(
            use(ran_ms=980, waited_ms=10, lags_ms=[3, 1]),
            "its event loop ran 98 % of the time and waited for a core 1 %, and was 2.0 ms late on average",
            id="it always runs",
        ),
        pytest.param(
            use(ran_ms=700, waited_ms=200),
            "its event loop ran 70 % of the time and waited for a core 20 %",
            id="it runs or waits for its turn",
        ),
        pytest.param(
            use(ran_ms=950),
            "its event loop ran 95 % of the time",
            id="it always runs, where the system does not tell of waiting",
        ),
        pytest.param(
            use(ran_ms=20, waited_ms=0, lags_ms=[0, 0, 12]),
            "its event loop ran 2 % of the time and waited for a core 0 %, and was 4.0 ms late on average",
            id="something holds up the event loop",
        ),
    ],
)
def test_the_client_was_the_limit(figures, client, words):
    verdict = judge_client(figures(client))

    assert (verdict.limited, verdict.reason) == (True, f"loadgen itself was the limit: {words}")


@pytest.mark.parametrize(
    "client",
    [
        pytest.param(use(ran_ms=800, waited_ms=40), id="busy, but not always"),
        pytest.param(use(ran_ms=890), id="where the system does not tell of waiting"),
        pytest.param(use(ran_ms=10, waited_ms=0, lags_ms=[2.4]), id="late by less than a quarter of the latency"),
        pytest.param(None, id="not known"),
    ],
)
def test_there_is_nothing_to_say(figures, client):
    verdict = judge_client(figures(client))

    assert (verdict.limited, verdict.reason) == (False, "")


def test_as_late_as_a_timer_may_be_is_not_late(window):
    quick = replace(summarize([window([1] * 100, length_s=1)]), client=use(ran_ms=10, waited_ms=0, lags_ms=[1.9]))

    assert not judge_client(quick).limited


def test_the_client_was_short_of_a_core_but_not_the_limit(figures):
    verdict = judge_client(figures(use(ran_ms=450, waited_ms=150)))

    assert not verdict.limited
    assert verdict.reason == (
        "loadgen was short of a core: its event loop ran 45 % of the time and waited for a core 15 %; "
        "away from the server it may measure more"
    )


@pytest.fixture
def of_a_plan(figures):
    """Return a maker of the figures of an open loop that sent 100 requests, some of them late, and always ran."""

    def make(delayed):
        planned = Planned(0, {}, {}, Sends(100, delayed), sent_per_s=100.0)
        return replace(figures(use(ran_ms=1000)), planned=planned)

    return make


@pytest.mark.parametrize("delayed", [{}, {CLIENT: 10}, {IN_FLIGHT: 90, CLIENT: 10}])
def test_an_open_loop_that_runs_only_to_watch_the_clock_is_not_the_limit(of_a_plan, delayed):
    assert not judge_client(of_a_plan(delayed)).limited
    assert ceiling(of_a_plan(delayed)) is None


def test_an_open_loop_that_was_too_busy_to_send_in_time_is_the_limit(of_a_plan):
    assert judge_client(of_a_plan({CLIENT: 11})).limited


def test_without_a_request_there_is_nothing_to_be_limited(figures):
    assert not judge_client(figures(use(ran_ms=1000), count=0)).limited


@pytest.mark.parametrize(
    ("client", "most"),
    [
        pytest.param(use(ran_ms=200, waited_ms=50), 400, id="a quarter of the time for 100 a second"),
        pytest.param(use(ran_ms=1000, waited_ms=200), 100, id="no more than always"),
        pytest.param(None, None, id="not known"),
    ],
)
def test_the_ceiling_is_the_throughput_of_a_client_that_is_always_busy(figures, client, most):
    assert ceiling(figures(client)) == most


def test_windows_are_pooled():
    both = pooled([use(ran_ms=100, waited_ms=10, lags_ms=[1]), use(ran_ms=300, waited_ms=30, lags_ms=[0, 5])])

    assert both == ClientUse(seconds(2), ms(400), ms(40), 3, ms(6), ms(5))
    assert (both.running, both.waiting, both.mean_lag_ns) == (0.2, 0.02, ms(2))


def test_what_is_not_known_of_one_window_is_not_known_of_all():
    known = use(ran_ms=100, waited_ms=10)

    assert pooled([known, use(ran_ms=100)]).waiting is None
    assert pooled([known, None]) is None
    assert pooled([]) is None
