"""Options that make no sense together: each pair is refused with a sentence that names both (behaviour section 1.3).

perf_analyzer lets most of them pass without a word, and then measures another thing than was asked for: with a
certificate but without --ssl-grpc-use-ssl, say, nothing is encrypted.
"""

from collections.abc import Iterator

from loadgen.cli.options import Options
from loadgen.errors import ConfigError

_NEEDS = {
    "--fixed-schedule": ("--input-data",),
    "--metrics-interval": ("--collect-metrics",),
    "--metrics-url": ("--collect-metrics",),
    "--output-shared-memory-size": ("--shared-memory",),
    "--periodic-concurrency-range": ("--streaming", "--profile-export-file"),
    "--request-period": ("--periodic-concurrency-range",),
    "--ssl-grpc-root-certifications-file": ("--ssl-grpc-use-ssl",),
    "--ssl-grpc-private-key-file": ("--ssl-grpc-use-ssl", "--ssl-grpc-certificate-chain-file"),
    "--ssl-grpc-certificate-chain-file": ("--ssl-grpc-use-ssl", "--ssl-grpc-private-key-file"),
    "--ssl-https-client-certificate-file": ("--ssl-https-private-key-file",),
    "--ssl-https-client-certificate-type": ("--ssl-https-client-certificate-file",),
    "--ssl-https-private-key-file": ("--ssl-https-client-certificate-file",),
    "--ssl-https-private-key-type": ("--ssl-https-private-key-file",),
}
"""An option, and what has to be there as well."""

_OF_OTHER_LOADS = (
    *("--concurrency-range", "-t", "-c", "-d", "--request-rate-range", "--request-intervals", "--load"),
    *("--binary-search", "--find-max", "--scenario", "--request-count", "--max-request-rate"),
)

_EXCLUDES = {
    "--sync": ("-a", "--async", "--streaming"),
    **dict.fromkeys(("-t", "-c", "-d"), ("--concurrency-range", "--request-rate-range", "--request-intervals")),
    "--concurrency-range": ("--request-rate-range", "--request-intervals"),
    "--request-rate-range": ("--request-intervals",),
    "--load": ("--concurrency-range", "--request-rate-range", "--request-intervals", "--binary-search"),
    "--periodic-concurrency-range": (*_OF_OTHER_LOADS, "--fixed-schedule"),
    "--fixed-schedule": (*_OF_OTHER_LOADS, "--request-distribution"),
    "--request-count": ("--load",),
    "--max-request-rate": ("--request-rate-range", "--request-intervals", "--load"),
    "--scenario": ("--concurrency-range", "--request-rate-range", "--request-intervals", "--load", "--request-count"),
    "--find-max": ("--binary-search", "--request-intervals", "--load", "--request-count"),
    "--binary-search": ("--request-intervals",),
}
"""An option, and what must not be there as well."""

_OF_ONE_MODEL = (
    "-x",
    "--bls-composing-models",
    "--fixed-schedule",
    "--scenario",
    "--sequence-length",
    "--sequence-length-variation",
    "--num-of-sequences",
    "--sequence-id-range",
)
"""What has no meaning for several."""


def refuse_contradictions(options: Options) -> None:
    """Raise ConfigError for the first of the options given that does not go with the others."""
    names = {name for name, _ in options.given}
    for name, value in options.given:
        reasons = (
            *_of_protocol(options, name, value),
            *_of_pairs(name, names),
            *_of_levels(options, name),
            *_of_models(options, name, value),
        )
        for reason in reasons:
            raise ConfigError(f"{name} {value}".rstrip() + f": {reason}")


def _of_pairs(name: str, names: set[str]) -> Iterator[str]:
    """Yield why an option does not go with the `names` of all that were given."""
    yield from (f"this needs {needed} as well" for needed in _NEEDS.get(name, ()) if needed not in names)
    yield from (f"this does not go with {other}" for other in _EXCLUDES.get(name, ()) if other in names)


def _of_protocol(options: Options, name: str, value: str) -> Iterator[str]:
    protocol = _protocol_of(name, value)
    if protocol not in (None, options.protocol):
        yield f"this needs -i {protocol}, not -i {options.protocol}"
    elif _is_about_tls(name) and not options.is_tls:
        yield f"this needs {_way_to_tls(options)}, or nothing is encrypted"


def _of_levels(options: Options, name: str) -> Iterator[str]:
    levels, count = options.levels, options.request_count
    is_search = name in (levels.option, "--binary-search")
    if is_search and options.search.needs_limit and not options.latency_limit_ms:
        yield "this needs -l as well, a latency above 0 that ends the search"
    if name == "--request-count" and count is not None:
        if not levels.is_single:
            yield f"so many requests are sent at one level, not at those of {levels.option} {levels}"
        if not options.is_open_loop and count < levels.start:
            yield f"there are to be {levels.start} requests in flight, by --concurrency-range {levels}"
    if name == "--scenario" and (options.scenario == "server") != (options.find_max is not None):
        yield from _of_scenario(options.scenario)
    if name == "--sequence-id-range":
        yield from _of_ids(options)
    if name in ("--max-in-flight", "--num-of-sequences") and not options.is_open_loop:
        yield "this needs an open loop, by --request-rate-range, --request-intervals or --load"
    if name == "--seed" and options.banner_arrivals != "poisson":
        yield "this needs random arrivals, by --request-distribution poisson"
    if name == "--request-distribution" and not (options.rates or options.shape):
        yield "this needs --request-rate-range or --load as well"


def _of_models(options: Options, name: str, value: str) -> Iterator[str]:
    models = [model for model, _ in options.models]
    if name in _OF_ONE_MODEL and len(models) > 1:
        yield f"this is about one model, and there are several: {', '.join(models)}"
    one, equals, _ = value.partition("=")
    is_own = name in ("--input-data", "--shape") and equals and one in options.own_inputs
    if is_own and (one not in models or len(models) == 1):
        yield f'"{one}" is not one of several models, each of which has its -m'


def _of_ids(options: Options) -> Iterator[str]:
    assert options.sequences is not None  # they have ids
    highest = options.sequences.at_a_time if options.is_open_loop else options.levels.limit or options.levels.start
    if highest > options.sequences.id_count:
        by = "--num-of-sequences" if options.is_open_loop else f"--concurrency-range {options.levels}"
        yield f"there are to be {highest:g} sequences at a time, by {by}"


def _of_scenario(scenario: str) -> Iterator[str]:
    if scenario == "server":
        yield "this needs its limit, such as --find-max 'p99<15ms'"
    else:
        yield "this does not go with --find-max, which belongs to the scenario server"


def _protocol_of(name: str, value: str) -> str | None:
    """Return the protocol without which an option has no meaning, None if it has one with both."""
    if name.startswith("--ssl-https-") or name.endswith("-tensor-format"):
        return "http"
    if name.startswith(("--ssl-grpc-", "--grpc-")) or name in ("--streaming", "--keepalive"):
        return "grpc"
    return "grpc" if (name, value) == ("--client", "grpcio") else None


def _is_about_tls(name: str) -> bool:
    return name.startswith(("--ssl-https-", "--ssl-target-"))


def _way_to_tls(options: Options) -> str:
    return "--ssl-grpc-use-ssl" if options.protocol == "grpc" else "-u https://..."
