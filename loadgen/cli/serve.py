"""`loadgen serve`: a real Triton on this machine until it is told to stop."""

import argparse
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from loadgen.cli.verb_parser import VerbParser
from loadgen.triton.server import TritonServer

_DESCRIPTION = """\
Serve a model repository with the embedded real Triton (Linux x86-64), on 127.0.0.1, until Ctrl-C or SIGTERM.
ONNX models (platform "onnxruntime_onnx") run on the CPU, on one thread for each model instance unless the model's
configuration says otherwise."""

_EPILOG = """\
Everything after -- goes to tritonserver as it is (paths in it must be absolute), for example:
  loadgen serve model_repository -- --log-verbose=1      the server's log on standard error
  loadgen serve model_repository -- --exit-on-error=false    serve although a model fails to load"""


def main(argv: Sequence[str]) -> int:
    """Run `loadgen serve` with the arguments after the verb; return 0 once a signal has stopped it.

    Raises ConfigError for arguments that cannot be used, ServerError if the server does not start or does not last.
    """
    server = _server(argv)
    try:
        with _interrupted_once():
            _serve(server)
    except KeyboardInterrupt:
        pass
    return 0


def _server(argv: Sequence[str]) -> TritonServer:
    ours, extra = _split(argv)
    options = _parser().parse_args(ours)
    return TritonServer(
        options.model_repository,
        grpc_port=options.grpc_port,
        http_port=options.http_port,
        metrics_port=options.metrics_port,
        explicit=options.explicit,
        response_cache_mib=options.response_cache_mib,
        extra_args=extra,
    )


def _split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part the arguments at the first `--`; argparse keeps it in some versions of Python and drops it in others."""
    arguments = list(argv)
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:end], arguments[end + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = VerbParser(
        prog="loadgen serve",
        usage="loadgen serve [MODEL_REPOSITORY] [options] [-- any tritonserver option]",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "model_repository",
        metavar="MODEL_REPOSITORY",
        nargs="?",
        default="model_repository",
        help="folder of models in Triton's layout (default: %(default)s)",
    )
    for endpoint, default in (("gRPC", 8500), ("HTTP", 8501), ("metrics", 8502)):
        parser.add_argument(
            f"--{endpoint.lower()}-port",
            metavar="PORT",
            type=int,
            default=default,
            help=f"port of the {endpoint} endpoint, 0 for any free one (default: %(default)s)",
        )
    parser.add_argument(
        "--explicit",
        action="store_true",
        help="start without models; they are loaded and unloaded by the model repository API",
    )
    parser.add_argument(
        "--response-cache-mib",
        metavar="N",
        type=int,
        default=0,
        help="size of the response cache in MiB, for models whose configuration enables it (default: 0, no cache)",
    )
    return parser


def _serve(server: TritonServer) -> None:
    with server:
        models = ", ".join(server.models) or "no models"
        ready = f"gRPC {server.grpc_url}, HTTP {server.http_url}, metrics http://{server.metrics_url}/metrics: {models}"
        print(f"Triton is ready: {ready}", flush=True)
        server.wait()


@contextmanager
def _interrupted_once() -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM into KeyboardInterrupt and ignore more of them: a stop runs to its end."""
    handled = (signal.SIGINT, signal.SIGTERM)

    def interrupt(_number: int, _frame: object) -> NoReturn:
        for number in handled:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in handled}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
