"""The options that say whom the load goes to, and how much of it."""

from dataclasses import replace

from loadgen.cli import values
from loadgen.cli.changes import Change, Option, chooses, notes, sets, switches, takes
from loadgen.cli.options import Options
from loadgen.cli.refused import service_kind
from loadgen.errors import ConfigError


def _add_model(options: Options, name: str, text: str) -> Options:
    model, weight = values.weighted_model(name, text)
    if model in dict(options.models):
        raise ConfigError(f'{name} {text}: "{model}" is there twice: give it once, with its weight')
    return replace(options, models=(*options.models, (model, weight)))


def _add_header(options: Options, name: str, text: str) -> Options:
    """Add a header. The last of one name wins, as in perf_analyzer; case makes no other name of it."""
    header = values.header(name, text)
    others = (other for other in options.headers if other[0].lower() != header[0].lower())
    return replace(options, headers=(*others, header))


def _nothing(_name: str, _text: str) -> None:
    """Take a switch that changes nothing."""


def _deprecated(change: Change) -> Change:
    return notes(change, "perf_analyzer calls this deprecated, say --concurrency-range START:END")


TARGET = (
    Option(
        "-m",
        "MODEL[:WEIGHT]",
        _add_model,
        "name of the model, required; repeated, several models share the load, which perf_analyzer does not know: of"
        " -m a:3 -m b:1 three requests of four go to a, evenly spread, and the figures are told of all together and of"
        " each. A weight is a whole number from 1 to 1000; a name that has a colon needs one (default: 1)",
    ),
    Option("-x", "VERSION", sets("version", values.text), "version of the model (default: the server chooses)"),
    Option(
        "-i",
        "grpc|http",
        chooses("protocol", ("grpc", "http"), any_case=True),
        "the protocol (default: grpc, where perf_analyzer's is http, and that of loadgen perf-analyzer)",
    ),
    Option(
        "-u",
        "URL",
        sets("url", values.text),
        "over gRPC HOST:PORT, [IPV6]:PORT, dns:///HOST:PORT, ipv4:A:PORT, ipv6:[A]:PORT or unix:PATH (default:"
        " localhost:8001); over HTTP [http[s]://]HOST[:PORT][/PREFIX] (default: localhost:8000)",
    ),
    Option(
        "-H",
        "NAME:VALUE",
        _add_header,
        "HTTP header or gRPC metadata of every request, such as authorization; may be repeated, the last of one"
        " name counts (default: none)",
    ),
    Option(
        "--bls-composing-models",
        "MODEL[:VERSION],...",
        sets("composing_models", values.composing_models),
        "the models that the model calls by itself (BLS), to report the server's statistics of them as well; those of"
        " an ensemble are known (default: none)",
    ),
    Option(
        "--service-kind",
        "triton",
        takes(service_kind),
        "the kind of server: Triton, or another one that speaks KServe v2 (default: triton)",
    ),
)

LOAD = (
    Option(
        "--concurrency-range",
        "START[:END[:STEP]]",
        sets("concurrencies", values.level_range),
        "requests in flight, one level after the other, START and STEP at least 1; an END of 0 is no end, which"
        " needs -l (default: 1, a single level; the default STEP is 1)",
    ),
    Option(
        "--periodic-concurrency-range",
        "START:END[:STEP]",
        sets("periodic", values.periodic_range),
        "send START requests to a decoupled model, and STEP more each time that all of the latest have had as many"
        " responses as --request-period says, or have ended, until END are sent in all; each at least 1; needs"
        " --streaming and --profile-export-file (default: none; the default STEP is 1)",
    ),
    Option(
        "--request-period",
        "N",
        sets("request_period", values.positive),
        "responses to each of the latest requests before more are sent by --periodic-concurrency-range, at least 1"
        " (default: 10)",
    ),
    Option(
        "--binary-search",
        "",
        switches("binary_search"),
        "look for the highest level from START to END whose latency is below that of -l, to STEP levels exactly,"
        " instead of visiting all (default: off)",
    ),
    Option(
        "-l, --latency-threshold",
        "MSEC",
        sets("latency_limit_ms", values.not_negative),
        "milliseconds; a level whose latency, the average or that of --percentile, is not below is the last one;"
        " 0 is no limit (default: 0)",
    ),
    Option(
        "--request-count",
        "N",
        sets("request_count", values.count_or_none),
        "measure just so many requests, in one window, at one level; at least as many as are in flight, 0 for windows"
        " (default: 0)",
    ),
    Option(
        "--warmup-request-count",
        "N",
        sets("warmup_request_count", values.not_negative),
        "requests that are sent before each level and do not count; at least 0 (default: 0)",
    ),
    Option(
        "-a, --async",
        "",
        takes(_nothing),
        "one thread keeps all requests in flight; this is so with and without the option (default: on)",
    ),
    Option(
        "--sync",
        "",
        takes(_nothing),
        "in perf_analyzer, a thread for each request in flight; here the load is that of --async: whoever gets a reply"
        " sends the next request (default: off)",
    ),
    Option(
        "--max-threads",
        "N",
        notes(takes(values.positive), "one event loop does the work, in one thread, whatever the number"),
        "taken and without effect, at least 1: one event loop does the work, in one thread (default: 1)",
    ),
    Option(
        "-t",
        "START",
        _deprecated(sets("concurrencies.start", values.positive)),
        "deprecated: the START of --concurrency-range, at least 1",
    ),
    Option(
        "-c",
        "END",
        _deprecated(sets("concurrencies.end", values.positive)),
        "deprecated: the END of --concurrency-range, at least 1",
    ),
    Option("-d", "", _deprecated(takes(_nothing)), "deprecated: without effect, -c alone says as much"),
)
