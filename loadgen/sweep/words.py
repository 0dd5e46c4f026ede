"""What a report of a study says, in each language: sentences with the names of what is put into them."""

from collections.abc import Mapping

Words = Mapping[str, str]

ENGLISH: Words = {
    "original": "original",
    "place": "#",
    "configuration": "Configuration",
    "mean_throughput": "Mean",
    "mean_average": "Mean of averages",
    "mean_p50": "Mean of p50",
    "mean_p90": "Mean of p90",
    "mean_p95": "Mean of p95",
    "mean_p99": "Mean of p99",
    "of_original": "To original",
    "runs": "Runs",
    "concurrency": "Conc.",
    "throughput": "Throughput",
    "average": "Average",
    "p99": "p99",
    "queue": "Queue",
    "compute": "Compute",
    "stable": "Stable",
    "infer/s": "infer/s",
    "us": "us",
    "%": "%",
    "": "",
    "yes": "yes",
    "no": "no",
    "decimal": ".",
}
