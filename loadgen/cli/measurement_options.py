"""The options that say how a level is measured, and what is told of it."""

from loadgen.cli import values
from loadgen.cli.changes import Option, chooses, put, sets, switches
from loadgen.cli.options import Options


def _add_threshold(options: Options, name: str, text: str) -> Options:
    return put(options, "thresholds", (*options.thresholds, values.threshold(name, text)))


MEASUREMENT = (
    Option(
        "--measurement-mode",
        "time_windows|count_windows",
        chooses("counts_requests", {"time_windows": False, "count_windows": True}),
        "whether a window ends after a time, that of -p, or after a number of requests (default: time_windows)",
    ),
    Option(
        "-p, --measurement-interval",
        "MSEC",
        sets("interval_ms", values.positive),
        "milliseconds, at least 1; a window lasts 1.2 times as long, as it does in perf_analyzer (default: 5000)",
    ),
    Option(
        "--measurement-request-count",
        "N",
        sets("window_request_count", values.positive),
        "requests in each window, at least, with --measurement-mode count_windows; at least 1 (default: 50)",
    ),
    Option(
        "-s, --stability-percentage",
        "PERCENT",
        sets("stability_percentage", values.percentage),
        "a level is stable when neither throughput nor latency differs by more than this between its last"
        " three windows; at least 0 (default: 10)",
    ),
    Option(
        "-r, --max-trials",
        "N",
        sets("max_trials", values.positive),
        "windows at most for each level; at least 1, and fewer than 3 are never stable (default: 10)",
    ),
    Option(
        "--percentile",
        "P",
        sets("percentile", values.percentile),
        "the latency that has to be stable and is reported: a percentile from 1 to 99, or -1 for the average"
        " (default: -1)",
    ),
    Option(
        "--max-error-rate",
        "PERCENT%|N",
        sets("error_limit", values.error_limit),
        "failed requests that are tolerated, counted by kind and reported: a share of the requests of a level, up"
        " to 100%, or a count in the whole run (default: none, the first one ends the run)",
        is_ours=True,
    ),
    Option(
        "--assert",
        "FIGURE<LIMIT",
        _add_threshold,
        "what every level has to keep to, or else the exit code is 5: avg, p50 ... p99.9, planned-p99 (of a request"
        " rate), adds, queue or compute with a time ('p99<15ms'; us, ms or s), throughput in inferences per second"
        " ('throughput>1000') or errors as a share or a number of requests ('errors<0.1%'; without --max-error-rate no"
        " failed request ends the run then); < <= > or >=, in quotes; may be repeated (default: none)",
        is_ours=True,
    ),
    Option(
        "--collect-metrics",
        "",
        switches("collects_metrics"),
        "read Triton's Prometheus metrics of GPUs and CPUs while a level is measured, and report them (default: off)",
    ),
    Option(
        "--metrics-url",
        "URL",
        sets("metrics_url", values.metrics_url),
        "where they are, [http[s]://]HOST[:PORT][/PATH] (default: the host of -u, port 8002, path /metrics)",
    ),
    Option(
        "--metrics-interval",
        "MSEC",
        sets("metrics_interval_ms", values.positive),
        "milliseconds from one reading to the next, at least 1 (default: 1000)",
    ),
)

OUTPUT = (
    Option(
        "-f",
        "FILE",
        sets("csv_file", values.text),
        "write the figures of all levels as CSV, in perf_analyzer's columns, however the run ends (default: none)",
    ),
    Option(
        "--verbose-csv",
        "",
        switches("verbose_csv"),
        "add the average latency and the times of request and response to that file, and with --collect-metrics what"
        " was read of the GPUs (default: off)",
    ),
    Option(
        "--json",
        "FILE",
        sets("json_file", values.text),
        "write all that is known of the run as one JSON document, however the run ends (default: none)",
        is_ours=True,
    ),
    Option(
        "--profile-export-file",
        "FILE",
        sets("export_file", values.new_file),
        "write every request with its responses as JSON, in perf_analyzer's format, however the run ends; the file must"
        " not be there before (default: none)",
    ),
    Option(
        "--ui",
        "auto|dashboard|plain|none",
        chooses("ui", ("auto", "dashboard", "plain", "none")),
        "how a run is shown: by a live dashboard, of which a table remains; by perf_analyzer's lines; not at all;"
        " auto is the dashboard on a terminal, without -v and without the variable CI, otherwise lines (default: auto)",
        is_ours=True,
    ),
    Option("-v", "", switches("verbose"), "print a line for each window (default: off)"),
    Option("-h, --help", "", switches("ask", to="help"), "print this text"),
    Option("--version", "", switches("ask", to="version"), "print the version"),
)
