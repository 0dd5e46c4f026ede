"""The server's metrics of a level on standard output, in perf_analyzer's lines (behaviour section 5.2).

The lines of the CPUs are ours, and so is the one in place of the lists where the server tells of no GPU.
"""

from collections.abc import Iterator

from loadgen.measure.metrics import Metrics, Processor


def metrics_text(metrics: Metrics | None) -> str:
    """Return the block, without a newline at its end. None is a level during whose windows nothing was read."""
    if metrics is None:
        lines = ["n/a (not read within the windows; a shorter --metrics-interval may help)"]
    else:
        lines = [*(_gpus(metrics) if metrics.gpus else ["GPU: n/a"]), *_cpu(metrics.cpu)]
    return "\n".join(["  Server Prometheus Metrics: ", *(f"    {line}" for line in lines)])


def _gpus(metrics: Metrics) -> Iterator[str]:
    for title, figure in (
        ("Avg GPU Utilization", _utilization),
        ("Avg GPU Power Usage", lambda gpu: None if gpu.power_w is None else f"{gpu.power_w:g} watts"),
        ("Max GPU Memory Usage", lambda gpu: _bytes(gpu.memory_used_bytes)),
        ("Total GPU Memory", lambda gpu: _bytes(gpu.memory_total_bytes)),
    ):
        yield f"{title}:"
        yield from (f"  {uuid} : {figure(gpu) or 'n/a'}" for uuid, gpu in metrics.gpus.items())


def _cpu(cpu: Processor) -> list[str]:
    return [
        f"Avg CPU Utilization: {_utilization(cpu) or 'n/a'}",
        f"Max CPU Memory Usage: {_bytes(cpu.memory_used_bytes) or 'n/a'}",
        f"Total CPU Memory: {_bytes(cpu.memory_total_bytes) or 'n/a'}",
    ]


def _utilization(processor: Processor) -> str | None:
    return None if processor.utilization is None else f"{100 * processor.utilization:g}%"


def _bytes(value: int | None) -> str | None:
    return None if value is None else f"{value} bytes"
