"""Our lines over HTTP against perf_analyzer's own, and those of measurements that are not a plain range."""

from loadgen.load.modes import Concurrency
from loadgen.measure.metrics import Metrics, Processor
from loadgen.report import text
from loadgen.report.metrics_text import metrics_text
from loadgen.report.settings import Settings
from tests.report import composed
from tests.report.recorded import perf_analyzer_printed, printed


def test_windows_of_requests_with_every_window(summary_of, level_of):
    level = level_of(
        1,
        553.099,
        1800,
        latencies_us=(1685, 2050, 2355, 4513),
        deviation_us=539,
        count=1664,
        server=composed.served(1665, 1428, 33, (26.4, 1303.4, 62.4)),
    )

    ours = printed(
        Settings(window_request_count=20),
        text.announced(Concurrency(1)),
        text.trial(1, summary_of(548.596, 1815, deviation_us=416)),
        text.trial(2, summary_of(537.756, 1850, deviation_us=622)),
        text.trial(3, summary_of(573.005, 1738, deviation_us=555)),
        text.level(level, verbose=True, protocol="http"),
        text.summary([level]),
    )

    assert ours == perf_analyzer_printed("count_windows_http_verbose.txt")


def test_a_binary_search(level_of):
    one = level_of(
        1,
        533.406,
        1863,
        latencies_us=(1757, 1935, 2648, 4755),
        deviation_us=618,
        count=386,
        server=composed.served(387, 1437, 31, (23.7, 1313.7, 66.7)),
    )
    two = level_of(
        2,
        594.655,
        3352,
        latencies_us=(3081, 4834, 5583, 8635),
        deviation_us=1232,
        count=437,
        server=composed.served(437, 2422, 898, (26.7, 1405.7, 85.7)),
    )

    ours = printed(
        Settings(interval_ms=200, latency_limit_ms=1000, is_range=True, limit=2, binary_search=True),
        text.announced(Concurrency(1)),
        text.level(one, protocol="http"),
        text.announced(Concurrency(2)),
        text.level(two, protocol="http"),
        text.summary([one, two]),
    )

    assert ours == perf_analyzer_printed("binary_search_http.txt")


def test_a_number_of_requests(level_of):
    level = level_of(
        1,
        19.9805,
        2083,
        latencies_us=(2041, 2127, 2283, 3174),
        deviation_us=273,
        count=20,
        server=composed.served(20, 1663, 19, (28, 1522, 90)),
    )

    ours = printed(
        Settings(request_count=20),
        text.announced(Concurrency(1)),
        text.level(level, protocol="http"),
        text.summary([level]),
    )

    assert ours == perf_analyzer_printed("request_count_http.txt")


def test_metrics_of_gpus(level_of):
    level = level_of(
        1,
        510.103,
        1948,
        latencies_us=(1738, 1866, 2457, 4131),
        deviation_us=2492,
        count=370,
        server=composed.served(371, 1590, 32, (23.4, 1442.4, 90.4)),
    )
    gpus = {
        "GPU-aaaa": Processor(0.25, 55.125, 1123456789, 16945512448),
        "GPU-bbbb": Processor(0.5, 56.125, 1123456790, 16945512448),
    }
    *lines, _, _, _ = metrics_text(Metrics(Processor(), gpus)).splitlines()  # the last three are of CPUs, and ours

    ours = printed(
        Settings(interval_ms=200),
        text.announced(Concurrency(1)),
        text.level(level, protocol="http"),
        *lines,
        text.summary([level]),
    )

    assert ours == perf_analyzer_printed("gpus_http.txt")
