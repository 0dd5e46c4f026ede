"""The server's account of a level on standard output, in perf_analyzer's lines (behaviour section 4)."""

from collections.abc import Iterator

from loadgen.measure.server_statistics import ServerStatistics


def server_lines(server: ServerStatistics) -> list[str]:
    """Return the lines of a model, with those of its composing models and theirs below.

    Each model that is composed of nothing ends with an empty line, as in 24.10. Once requests go by way of the response
    cache anywhere, it is told of every model.
    """
    return ["  Server: ", *_model(server, depth=1, tells_cache=server.response_cache)]


def _model(server: ServerStatistics, *, depth: int, tells_cache: bool) -> Iterator[str]:
    outer = "  " * depth
    indent = outer + "  "
    if not server.success.count:
        yield f"{indent}Request count: 0"
        return
    yield f"{indent}Inference count: {server.inference_count}"
    yield f"{indent}Execution count: {server.execution_count}"
    if tells_cache:
        yield f"{indent}Cache hit count: {server.cache_hit.count}"
        yield f"{indent}Cache miss count: {server.cache_miss.count}"
    yield f"{indent}Successful request count: {server.success.count}"
    latency = _usec(server.success.average_us)
    yield f"{indent}Avg request latency: {latency}{_where_it_went(server, tells_cache=tells_cache)}"
    if tells_cache:
        # Twice as deep, and two more (sic).
        yield from (f"{outer}{indent}{line}" for line in _cache_latencies(server))
    yield ""
    if server.composing:
        yield f"{outer}Composing models: "
        for (name, version), part in server.parts.items():
            yield f"{outer}{name}, version: {version}"
            yield from _model(part, depth=depth + 1, tells_cache=tells_cache)


def _where_it_went(server: ServerStatistics, *, tells_cache: bool) -> str:
    """Return what stands in brackets behind the average latency."""
    if server.composing and server.is_cached:
        return ""  # Most requests never came to the composing models, whose averages explain nothing.
    if tells_cache:
        answer = f"cache hit/miss {_usec(server.answer_us)}"
    elif server.composing:
        answer = f"compute {_usec(server.answer_us)}"
    else:
        answer = _compute_steps(server)
    return f" (overhead {_usec(server.overhead_us)} + queue {_usec(server.queue_us)} + {answer})"


def _cache_latencies(server: ServerStatistics) -> Iterator[str]:
    yield f"Average Cache Hit Latency: {_usec(server.cache_hit_us)}"
    lookup = f"(cache lookup/insertion {_usec(server.cache_miss.average_us)} + {_compute_steps(server)})"
    yield f"Average Cache Miss Latency: {_usec(server.cache_miss_us)} {'' if server.composing else lookup}"


def _compute_steps(server: ServerStatistics) -> str:
    return (
        f"compute input {_usec(server.compute_input.average_us)} + "
        f"compute infer {_usec(server.compute_infer.average_us)} + "
        f"compute output {_usec(server.compute_output.average_us)}"
    )


def _usec(value: int) -> str:
    return f"{value} usec"
