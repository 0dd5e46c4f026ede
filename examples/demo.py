"""Start the embedded Triton on the MNIST model and measure it, as `make demo` does."""

import signal
import subprocess
import sys
from pathlib import Path

import loadgen

REPOSITORY = Path(__file__).parent.parent / "model_repository"
MEASURE = ["-m", "mnist-onnx", "-u", "localhost:8500", "--concurrency-range", "1:8"]


def main() -> int:
    """Return loadgen's exit code."""
    try:
        with loadgen.serve(REPOSITORY, grpc_port=8500, http_port=8501, metrics_port=8502) as server:
            print(f"Triton serves {', '.join(server.models)} at {server.grpc_url} (gRPC)\n")
            print("$ loadgen", *MEASURE, flush=True)
            # Ctrl-C reaches loadgen as well, which then reports what it has; the server must live until it has done so.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            return subprocess.call([sys.executable, "-m", "loadgen", *MEASURE])
    except loadgen.LoadgenError as error:
        print(f"loadgen: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
