"""What is said of an open loop: figures of one's choice, and words to be found in them."""

from dataclasses import replace

import pytest

from loadgen.load.modes import FixedSchedule, RequestIntervals, RequestRate
from loadgen.measure.planned import Planned
from loadgen.measure.results import LevelResult, Verdict
from loadgen.measure.sends import CLIENT, CONNECTION, IN_FLIGHT, Sends
from loadgen.report import text
from loadgen.report.columns import columns
from loadgen.report.csv import csv_text
from loadgen.report.doubts import doubts
from loadgen.report.settings import Settings
from loadgen.units import ms

AT_500 = RequestRate(500)


@pytest.fixture
def at_500(summary_of):
    """Return a maker of levels of 1000 requests in 2 s, whose p99 is 2 ms from the send."""

    def make(*, planned_ms=(1, 2, 2, 3), late_ms=(0.1, 0.2, 0.2, 0.3), load=AT_500, **delayed):
        causes = {"client": CLIENT, "limit": IN_FLIGHT, "connection": CONNECTION}
        sends = Sends(1000, {causes[name]: count for name, count in delayed.items()})
        planned_ns, late_ns = (
            {p: ms(value) for p, value in zip((50, 90, 95, 99), values, strict=True)}
            for values in (planned_ms, late_ms)
        )
        planned = Planned(ms(1.5), planned_ns, late_ns, sends, 499.987654)
        summary = summary_of(499.9, 1000, latencies_us=(900, 1500, 1600, 2000), deviation_us=40)
        summary = replace(summary, duration_ns=ms(2000), planned=planned)
        return LevelResult(load, summary, Verdict(stable=True), trials=(summary,))

    return make


def lines_of(level):
    return [line.strip() for line in text.level(level).splitlines()]


def test_a_rate_that_is_kept(at_500):
    lines = lines_of(at_500())

    assert lines[-3:] == [
        "Requests per second: 500 asked, 499.988 sent, 500 completed",
        "Sent late by: p50 100, p90 200, p95 200, p99 300 usec",
        "Latency from the planned instant: avg 1500 usec, p50 1000, p90 2000, p95 2000, p99 3000 usec",
    ]
    assert "p99 latency: 2000 usec" in lines
    assert not any("WARNING" in line for line in lines)


def test_a_rate_that_is_not_kept_has_perf_analyzers_warning_and_the_causes(at_500):
    lines = lines_of(at_500(client=3, limit=21, connection=2))

    warning = "[WARNING] Perf Analyzer was not able to keep up with the desired request rate."
    assert lines[2:4] == ["Avg send request rate: 499.99 infer/sec", f"{warning} 2.60% of the requests were delayed."]
    assert "more than 1 ms late 26 of 1000 (2.60 %): client 3, in-flight limit 21, connection 2" in lines[-2]


WAITED = "Requests waited before it, {}; users would feel that, and it is left out there."


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("limit", WAITED.format("for the in-flight limit")),
        ("connection", WAITED.format("for a connection with room")),
        (
            "client",
            "Requests were sent late because this client was busy, which is its own doing and not the server's.",
        ),
    ],
)
def test_a_stall_that_latencies_from_the_send_leave_out_is_told_in_words(at_500, cause, words):
    stalled = at_500(planned_ms=(1, 2, 2, 912), **{cause: 100})
    sentence = f"Request Rate 500: p99 is 912 ms from the planned instant, but 2 ms from the send. {words}"

    assert lines_of(stalled)[-1] == sentence
    assert sentence in doubts(stalled)


def test_what_both_latencies_show_needs_no_words(at_500):
    assert not any("left out" in doubt for doubt in doubts(at_500(planned_ms=(1, 2, 2, 2.9), limit=100)))


@pytest.mark.parametrize(
    ("load", "announced", "summed_up"),
    [
        (RequestRate(500), "Request Rate: 500 inference requests per seconds", "Request Rate: 500, throughput: 499.9"),
        (RequestRate(12.5), "Request Rate: 12.5 inference requests per seconds", "Request Rate: 12.5, throughput: "),
        # The file of the behaviour reference: 5, 10 and 20 ms.
        (RequestIntervals((5_000_000, 10_000_000, 20_000_000)), "", "Request Rate: 85, throughput: 499.9 infer/sec"),
        (FixedSchedule((0, 5_000_000)), "", "Request Rate: 1, throughput: 499.9 infer/sec"),
    ],
)
def test_perf_analyzers_lines(at_500, load, announced, summed_up):
    level = at_500(load=load)

    assert text.announced(load) == announced
    assert text.summary([level]).splitlines()[1].startswith(summed_up)
    assert csv_text([level]).startswith("Request Rate,Inferences/Second,Client Send,Client Recv,p50 latency")
    assert csv_text([level]).splitlines()[1].startswith(f"{load.value:g},499.9,0,0,900,")


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        (Settings(max_request_rate=80.0), ["  At most 80 requests per second"]),
        (Settings(arrivals="constant"), ["  Using uniform distribution on request generation"]),
        (
            Settings(arrivals="poisson", is_range=True, limit=1500.0, latency_limit_ms=20),
            [
                "  Latency limit: 20 msec",
                "  Request Rate limit: 1500 requests per seconds",
                "  Using poisson distribution on request generation",
            ],
        ),
    ],
)
def test_the_banner(settings, lines):
    assert str(settings).splitlines()[6:-1] == lines
    assert str(settings).splitlines()[5] == "  Measurement window: 5000 msec"


def test_the_columns_of_a_rate(at_500):
    cells = {column.title: column.value(at_500()) for column in columns(level=RequestRate.title)}

    assert cells["Request Rate"] == 500
    assert (cells["Sent"], cells["Planned p99"], cells["Late p99"]) == (499.987654, 3000, 300)


def test_a_load_that_ends_by_itself_has_no_windows_to_speak_of():
    assert "indow" not in str(Settings(arrivals="constant", ends_by_itself=True))
