"""Server statistics of models that are composed of others, as perf_analyzer 24.10 printed them on the real Triton."""

from loadgen.measure.server_statistics import ServerStatistics, Spent


def spent(count, average_us):
    return Spent(count, int(count * average_us * 1000))


def served(count, average_us, queue_us, compute_us=(0, 0, 0), **more):
    """Return the account of a model that answered so many requests, all of them computed; averages in microseconds."""
    into, through, out = compute_us
    counted = {
        "inference_count": count,
        "execution_count": count,
        "success": spent(count, average_us),
        "queue": spent(count, queue_us),
        "compute_input": spent(count, into),
        "compute_infer": spent(count, through),
        "compute_output": spent(count, out),
    }
    return ServerStatistics(**counted | more)


def outer(*, count, inner, third, average_us, first_count=None):
    """Return the account of an ensemble of an ensemble: (first, second), third."""
    (inner_us, own_us, first, second), composed = inner, {}
    composed["first", "1"] = served(first_count or count, *first)
    composed["second", "1"] = served(count, *second)
    parts = {("inner", "1"): served(count, inner_us, 0.5, own_us, composing=composed)}
    parts["third", "1"] = served(count, *third)
    return served(count, average_us, 1, composing=parts)


NESTED = (
    outer(
        count=547,
        average_us=1104,
        inner=(739.5, (33.7, 565.7, 126.7), (397, 26, (17.7, 285.7, 66.7)), (378, 21, (15.4, 280.4, 59.4))),
        third=(388.9, 23.2, (15.7, 251.7, 96.7)),
    ),
    outer(
        count=843,
        first_count=844,
        average_us=1181,
        inner=(795.5, (35.4, 514.4, 140.4), (447, 79, (18.4, 284.4, 64.4)), (382, 57, (17.4, 229.4, 76.4))),
        third=(419.1, 76.5, (16, 273, 52)),
    ),
)
"""Of an ensemble at concurrency 1 and 2."""

STORED = served(
    411,
    131,
    4,
    inference_count=1,
    execution_count=1,
    compute_input=spent(1, 138),
    compute_infer=spent(1, 46919),
    compute_output=spent(1, 311),
    cache_hit=spent(410, 11.2),
    cache_miss=spent(1, 34),
)
CACHED_STEP = served(
    411,
    700,
    0,
    composing={("first", "1"): served(411, 518, 33, (23.7, 383.7, 76.7)), ("stored", "1"): STORED},
)
CACHED_PARTS = served(
    410,
    1301,
    0,
    composing={("cachedstep", "1"): CACHED_STEP, ("third", "1"): served(410, 645, 50, (19.4, 354.4, 219.4))},
)
"""Of an ensemble of (first, stored), third, where the answers of the model "stored" are cached."""

CACHED = served(
    2401,
    8,
    2,
    inference_count=1,
    execution_count=1,
    compute_input=spent(1, 60),
    compute_infer=spent(1, 908),
    compute_output=spent(1, 182),
    cache_hit=spent(2400, 4),
    cache_miss=spent(1, 19),
    composing={("first", "1"): ServerStatistics(), ("second", "1"): served(1, 870, 58, (22.4, 652.4, 134.4))},
)
"""Of an ensemble whose answers are cached, where only a part of the one that was computed fell into the windows."""
