"""How an open loop kept to its plan, in words (perf_analyzer's of them: behaviour section 3.8)."""

from collections.abc import Iterator, Mapping

from loadgen.measure.planned import Planned
from loadgen.measure.results import LevelResult, Summary
from loadgen.measure.sends import CLIENT, CONNECTION, IN_FLIGHT, LATE_NS
from loadgen.units import NS_PER_MS, NS_PER_S, whole_us

_DELAYED_SHARE = 0.01
"""perf_analyzer warns of more."""

_HIDDEN = 2
"""So many times the latency from the send has to be that from the plan before we speak of omission."""


def delayed(figures: Summary) -> list[str]:
    """Return perf_analyzer's lines about a rate that was not kept; none if it was, or there is no rate."""
    planned = figures.planned
    if planned is None or planned.sends.delayed_share <= _DELAYED_SHARE:
        return []
    warning = "[WARNING] Perf Analyzer was not able to keep up with the desired request rate."
    share = f"{100 * planned.sends.delayed_share:.2f}% of the requests were delayed. "
    return [f"Avg send request rate: {planned.sent_per_s:.2f} infer/sec", f"{warning} {share}"]


def punctuality(result: LevelResult) -> list[str]:
    """Return what perf_analyzer does not tell of an open loop: whether it was one, and what a user would have felt."""
    planned = result.summary.planned
    return [] if planned is None else [*_punctuality(result, planned), *omission(result)]


def _punctuality(result: LevelResult, planned: Planned) -> Iterator[str]:
    figures = result.summary
    completed = figures.request_count * NS_PER_S / figures.duration_ns
    asked = getattr(result.load, "per_second", planned.sent_per_s)
    yield f"Requests per second: {asked:g} asked, {planned.sent_per_s:g} sent, {completed:g} completed"
    if figures.request_count:
        yield f"Sent late by: {by_percentile(planned.lateness_ns)}{_late(planned)}"
    yield from planned_latency(figures)


def planned_latency(figures: Summary) -> list[str]:
    """Return a line with the latency that a user would have felt; nothing of a closed loop."""
    planned = figures.planned
    if planned is None or not figures.request_count:
        return []
    average = f"avg {whole_us(planned.average_ns)} usec"
    return [f"Latency from the planned instant: {average}, {by_percentile(planned.percentiles_ns)}"]


def omission(result: LevelResult) -> list[str]:
    """Return a sentence if latencies from the send hide what requests had waited for before it."""
    planned, figures = result.summary.planned, result.summary
    if planned is None or not figures.request_count:
        return []
    felt_ns, shown_ns = planned.percentiles_ns[99], figures.percentiles_ns[99]
    if felt_ns < _HIDDEN * shown_ns or felt_ns - shown_ns < LATE_NS:
        return []
    delayed = planned.sends.delayed
    cause = max(delayed, key=delayed.__getitem__, default=CLIENT)
    figures_ms = f"p99 is {_ms(felt_ns)} ms from the planned instant, but {_ms(shown_ns)} ms from the send"
    return [f"{result.load}: {figures_ms}. {_CAUSES[cause]}."]


_WAITED = "Requests waited before it, {}; users would feel that, and it is left out there"

_CAUSES: Mapping[str, str] = {
    CLIENT: "Requests were sent late because this client was busy, which is its own doing and not the server's",
    IN_FLIGHT: _WAITED.format("for the in-flight limit"),
    CONNECTION: _WAITED.format("for a connection with room"),
}


def _late(planned: Planned) -> str:
    sends = planned.sends
    if not sends.delayed_count:
        return ""
    causes = ", ".join(f"{cause} {count}" for cause, count in sends.delayed.items())
    share = f"{sends.delayed_count} of {sends.count} ({100 * sends.delayed_share:.2f} %)"
    return f"; more than {LATE_NS // NS_PER_MS} ms late {share}: {causes}"


def by_percentile(values_ns: Mapping[int, int]) -> str:
    """Return times in words: `p50 812, p99 1400 usec`."""
    return ", ".join(f"p{p} {whole_us(ns)}" for p, ns in values_ns.items()) + " usec"


def _ms(value_ns: int) -> str:
    return f"{value_ns / NS_PER_MS:.3g}"
