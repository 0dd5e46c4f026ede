from loadgen.dashboard.hints import hints
from tests.dashboard.play import Play


def hints_of(play):
    return hints(play.story.snapshot())


def test_a_steady_run_needs_none():
    assert hints_of(Play().level(4, latency_ms=2.0, finish=False)) == []


def test_a_busy_client_is_the_limit():
    play = Play()
    play.cpu_share = 0.97
    (hint,) = hints_of(play.level(4, latency_ms=2.0, finish=False))
    assert hint.startswith("loadgen itself was the limit: its event loop ran 97 % of the time")


def test_windows_that_differ_are_told_with_their_trend():
    (noise,) = hints_of(Play().level(1, latency_ms=[1.0, 2.0, 1.0], finish=False))
    assert noise.startswith("not stable yet: throughput spread 2.0")
    (falling,) = hints_of(Play().level(1, latency_ms=[1.0, 1.5, 2.0, 2.5, 3.0], windows=5, finish=False))
    assert "falls from window to window" in falling or "rises from window to window" in falling


def test_two_windows_are_not_judged():
    assert hints_of(Play().level(1, latency_ms=[1.0, 2.0], windows=2, finish=False)) == []


def test_a_server_that_is_silent_is_told_first():
    play = Play().level(3, latency_ms=[1.0, 2.0, 1.0], finish=False).silence(ticks=40)
    assert hints_of(play)[0] == "no answer for 5 s to 3 requests in flight"


def test_what_a_server_says_cannot_harm_the_terminal():
    play = Play().level(1, windows=0, finish=False)
    play.example = "\x1b[2J gone\nmad"
    play.window(1.0, ticks=1, failed=1, closes=False)
    assert hints_of(play) == ["1 request failed at this level: [UNAVAILABLE] [2J gone mad"]
