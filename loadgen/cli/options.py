"""The options of `loadgen -m MODEL`: one table, read by the parser and by `--help`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from loadgen.cli import values
from loadgen.load.endpoint import http_endpoint
from loadgen.load.target import Target
from loadgen.load.tls import Tls
from loadgen.load.transport import Transport
from loadgen.measure.failures import ErrorLimit

DEFAULT_URLS = {"grpc": "localhost:8001", "http": "localhost:8000"}


@dataclass(frozen=True)
class Options:
    """What the user asked for, checked as far as that is possible without a server.

    An empty `url` is that of `DEFAULT_URLS`. `concurrency_limit` is the end of a range of levels, None without a range.
    `tls` is how to speak TLS if it is spoken at all, which over gRPC `grpc_tls` says, and over HTTP the url.
    `given` are the options as typed, (name, value), in their order.
    """

    model: str = ""
    version: str = ""
    url: str = ""
    protocol: Literal["grpc", "http"] = "grpc"
    headers: tuple[tuple[str, str], ...] = ()
    grpc_tls: bool = False
    tls: Tls = field(default_factory=Tls)
    transport: Transport = field(default_factory=Transport)
    batch_size: int = 1
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    concurrencies: tuple[int, ...] = (1,)
    concurrency_limit: int | None = None
    interval_ms: int = 5000
    stability_percentage: float = 10.0
    max_trials: int = 10
    percentile: int | None = None
    error_limit: ErrorLimit | None = None
    verbose: bool = False
    ask: str = ""
    """`help` or `version`: what the user wants to know instead of measuring"""
    given: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @property
    def is_tls(self) -> bool:
        """Whether TLS is spoken. Raises ConfigError for an HTTP url that cannot be used."""
        return self.grpc_tls if self.protocol == "grpc" else http_endpoint(self._url).is_tls

    @property
    def target(self) -> Target:
        """Whom the load goes to. Raises ConfigError for a url or a header that cannot be used."""
        tls = self.tls if self.is_tls else None
        return Target(self._url, self.model, self.version, protocol=self.protocol, tls=tls, headers=self.headers)

    @property
    def _url(self) -> str:
        return self.url or DEFAULT_URLS[self.protocol]


Change = Callable[[Options, str, str], Options]
"""Takes the options so far, the name of an option as typed, and its value; raises ConfigError naming both."""


@dataclass(frozen=True)
class Option:
    """One row of the table. `value` is its placeholder in the help; an empty one marks a plain switch.

    `is_ours` marks what perf_analyzer does not have.
    """

    names: str
    value: str
    change: Change
    help: str
    is_ours: bool = False


def _put(options: Options, path: str, value: Any) -> Options:  # noqa: ANN401 - of any field
    """Return the options with another value for a field, `batch_size`, or for one of a part, `tls.ca_file`."""
    part, _, name = path.rpartition(".")
    if not part:
        return replace(options, **{name: value})
    return replace(options, **{part: replace(getattr(options, part), **{name: value})})


def _set(path: str, parse: Callable[[str, str], object]) -> Change:
    return lambda options, name, text: _put(options, path, parse(name, text))


def _switch(path: str, *, to: object = True) -> Change:
    return lambda options, _name, _text: _put(options, path, to)


def _choose(path: str, choices: Mapping[str, object] | Sequence[str], *, any_case: bool = False) -> Change:
    """Set what the chosen word stands for: itself, unless `choices` says another thing."""

    def parse(name: str, text: str) -> object:
        word = values.one_of(name, text, list(choices), any_case=any_case)
        return choices[word] if isinstance(choices, Mapping) else word

    return _set(path, parse)


def _check_file_type(options: Options, name: str, text: str) -> Options:
    """Take no more than the right words: a file shows by itself which of them it is."""
    values.one_of(name, text, ("PEM", "DER"))
    return options


def _add_shape(options: Options, name: str, text: str) -> Options:
    return replace(options, shapes={**options.shapes, **values.shape(name, text)})


def _add_header(options: Options, name: str, text: str) -> Options:
    """Add a header. The last of one name wins, as in perf_analyzer; case makes no other name of it."""
    header = values.header(name, text)
    others = (other for other in options.headers if other[0].lower() != header[0].lower())
    return replace(options, headers=(*others, header))


def _set_range(options: Options, name: str, text: str) -> Options:
    levels, limit = values.concurrency_range(name, text)
    return replace(options, concurrencies=levels, concurrency_limit=limit)


_TENSOR_FORMATS = {"binary": False, "json": True}
_COMPRESSIONS = {"none": None, "gzip": "gzip", "deflate": "deflate"}

TABLE: dict[str, tuple[Option, ...]] = {
    "Target": (
        Option("-m", "MODEL", _set("model", values.text), "name of the model; required"),
        Option("-x", "VERSION", _set("version", values.text), "version of the model (default: the server chooses)"),
        Option(
            "-i",
            "grpc|http",
            _choose("protocol", ("grpc", "http"), any_case=True),
            "the protocol (default: grpc, where perf_analyzer's is http)",
        ),
        Option(
            "-u",
            "URL",
            _set("url", values.text),
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
    ),
    "Load": (
        Option(
            "--concurrency-range",
            "START[:END[:STEP]]",
            _set_range,
            "requests in flight, one level after the other; at least 1 (default: 1, a single level)",
        ),
        Option(
            "-b",
            "N",
            _set("batch_size", values.positive),
            "inferences in each request; from 1 to the model's max_batch_size (default: 1)",
        ),
        Option(
            "--shape",
            "INPUT:D,D,...",
            _add_shape,
            "shape of an input that has dynamic dimensions, without the batch dimension; may be repeated",
        ),
    ),
    "Transport": (
        Option(
            "--streaming",
            "",
            _switch("transport.streaming"),
            "send the requests over bidirectional gRPC streams, one for each request in flight; needed for decoupled"
            " models",
        ),
        Option(
            "--grpc-compression-algorithm",
            "none|gzip|deflate",
            _choose("transport.compression", _COMPRESSIONS),
            "compression of the gRPC messages that are sent (default: none)",
        ),
        Option(
            "--input-tensor-format",
            "binary|json",
            _choose("transport.json_inputs", _TENSOR_FORMATS, any_case=True),
            "how tensors are sent over HTTP (default: binary)",
        ),
        Option(
            "--output-tensor-format",
            "binary|json",
            _choose("transport.json_outputs", _TENSOR_FORMATS, any_case=True),
            "how tensors are asked for over HTTP (default: binary)",
        ),
        Option(
            "--request-timeout",
            "TIME",
            _set("transport.request_timeout_s", values.seconds),
            "a request that takes longer has failed; with its unit, such as 500ms or 2.5s, above 0 (default: no limit)",
            is_ours=True,
        ),
        Option(
            "--keepalive",
            "TIME",
            _set("transport.keepalive_s", values.seconds),
            "ping a gRPC connection that was silent for so long, and take it for lost without an answer; with its unit,"
            " such as 30s, above 0 (default: never)",
            is_ours=True,
        ),
        Option(
            "--client",
            "loadgen|grpcio",
            _choose("transport.client", ("loadgen", "grpcio")),
            "who speaks gRPC: loadgen itself, or the official library, for comparison (default: loadgen)",
            is_ours=True,
        ),
    ),
    "TLS over gRPC": (
        Option("--ssl-grpc-use-ssl", "", _switch("grpc_tls"), "encrypt, and verify the server's certificate"),
        Option(
            "--ssl-grpc-root-certifications-file",
            "FILE",
            _set("tls.ca_file", values.file),
            "authorities to trust, PEM (default: the system's)",
        ),
        Option(
            "--ssl-grpc-private-key-file",
            "FILE",
            _set("tls.key_file", values.file),
            "our private key, PEM, with the certificate chain (default: none)",
        ),
        Option(
            "--ssl-grpc-certificate-chain-file",
            "FILE",
            _set("tls.certificate_file", values.file),
            "our certificate chain, PEM, with the private key (default: none)",
        ),
    ),
    "TLS over HTTP (a url that begins with https://)": (
        Option(
            "--ssl-https-verify-peer",
            "0|1",
            _choose("tls.verify_peer", {"0": False, "1": True}),
            "whether the server's certificate has to come from a trusted authority; without that its name proves"
            " nothing, and is not checked either (default: 1)",
        ),
        Option(
            "--ssl-https-verify-host",
            "0|1|2",
            _choose("tls.verify_host", {"0": False, "1": True, "2": True}),
            "whether the certificate has to be made out to the name of the server; 1 and 2 are the same (default: 2)",
        ),
        Option(
            "--ssl-https-ca-certificates-file",
            "FILE",
            _set("tls.ca_file", values.file),
            "authorities to trust, PEM (default: the system's)",
        ),
        Option(
            "--ssl-https-client-certificate-file",
            "FILE",
            _set("tls.certificate_file", values.file),
            "our certificate, with the private key (default: none)",
        ),
        Option(
            "--ssl-https-client-certificate-type",
            "PEM|DER",
            _check_file_type,
            "format of our certificate (default: as the file shows)",
        ),
        Option(
            "--ssl-https-private-key-file",
            "FILE",
            _set("tls.key_file", values.file),
            "our private key, with the certificate (default: none)",
        ),
        Option(
            "--ssl-https-private-key-type",
            "PEM|DER",
            _check_file_type,
            "format of our private key (default: as the file shows)",
        ),
    ),
    "TLS over both": (
        Option(
            "--ssl-target-name",
            "NAME",
            _set("tls.server_name", values.text),
            "the name to ask for (SNI) and to find in the certificate (default: the host of the url)",
            is_ours=True,
        ),
    ),
    "Measurement": (
        Option(
            "-p, --measurement-interval",
            "MSEC",
            _set("interval_ms", values.positive),
            "milliseconds, at least 1; a window lasts 1.2 times as long, as it does in perf_analyzer (default: 5000)",
        ),
        Option(
            "-s, --stability-percentage",
            "PERCENT",
            _set("stability_percentage", values.percentage),
            "a level is stable when neither throughput nor latency differs by more than this between its last"
            " three windows; at least 0 (default: 10)",
        ),
        Option(
            "-r, --max-trials",
            "N",
            _set("max_trials", values.positive),
            "windows at most for each level; at least 1, and fewer than 3 are never stable (default: 10)",
        ),
        Option(
            "--percentile",
            "P",
            _set("percentile", values.percentile),
            "the latency that has to be stable and is reported: a percentile from 1 to 99, or -1 for the average"
            " (default: -1)",
        ),
        Option(
            "--max-error-rate",
            "PERCENT%|N",
            _set("error_limit", values.error_limit),
            "failed requests that are tolerated, counted by kind and reported: a share of the requests of a level, up"
            " to 100%, or a count in the whole run (default: none, the first one ends the run)",
            is_ours=True,
        ),
    ),
    "Output": (
        Option("-v", "", _switch("verbose"), "print a line for each window"),
        Option("-h, --help", "", _switch("ask", to="help"), "print this text"),
        Option("--version", "", _switch("ask", to="version"), "print the version"),
    ),
}

OPTIONS: dict[str, Option] = {
    name: option for group in TABLE.values() for option in group for name in option.names.split(", ")
}
"""Every option by each of its names."""
