"""The same command line for the real perf_analyzer and for loadgen in its place."""

import re
import subprocess
import sys
from pathlib import Path

from loadgen.triton.server import TritonServer

_BESIDE_PYTHON = Path(sys.executable).parent
THEIRS, OURS = str(_BESIDE_PYTHON / "perf_analyzer"), str(_BESIDE_PYTHON / "loadgen-perf-analyzer")
# However busy the machine is: in windows so short one may be a hundred times another.
SHORT = ["-p", "100", "-s", "99999", "-r", "3"]


def run_tool(
    tool: str, line: str, *, server: TritonServer, folder: Path
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run a tool against a server, in a folder of its own below `folder`; return what it said, and its folder."""
    own = folder / Path(tool).name
    own.mkdir(exist_ok=True)
    url = server.grpc_url if "-i grpc" in line else server.http_url
    command = [tool, "-u", url, *SHORT, *line.split()]
    return subprocess.run(command, cwd=own, capture_output=True, text=True, check=False, timeout=60), own


def form_of(output: str) -> str:
    """Return what a tool prints with N in place of figures, and without the differences that are meant, or chance.

    Our calls are asynchronous, always, and we say of every run that the latency has to be stable; and a decoupled
    model's latency ends with its last response, whatever perf_analyzer says, and we tell when the others came. Whether
    each kept up is another question.
    """
    output = re.sub(r"^ +Time (to first response|between responses): .*\n", "", output, flags=re.MULTILINE)
    output = re.sub(r"^\[WARNING\] Perf Analyzer is not able .*\n", "", output, flags=re.MULTILINE)
    form = re.sub(r"\d+(\.\d+)?(e\+\d+)?", "N", output.replace("Using synchronous", "Using asynchronous"))
    form = form.replace("Stabilizing using average throughput", "Stabilizing using average latency and throughput")
    return form.replace("using the first response", "using the last response")


def csv_headers_in(folder: Path) -> dict[str, str]:
    """Return the first line of each CSV file by its name."""
    return {path.name: path.read_text().splitlines()[0] for path in folder.glob("*.csv")}
