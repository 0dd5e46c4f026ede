"""The options of an open loop."""

from loadgen.cli import values
from loadgen.cli.changes import Option, chooses, sets, switches

FIND_MAX = Option(
    "--find-max",
    "CONDITION",
    sets("find_max", values.condition),
    "look for the highest rate that keeps a figure below a limit, such as 'p99<10ms', 'avg<5ms' or 'errors<0.1%': each"
    " level is twice the one before until one does not, then halves what is left, to 5 %. A percentile has to keep"
    " below it with a confidence of 99 %, by MLPerf's early stopping. Requests arrive at random from 100 per second on;"
    " another rate to begin with, or a highest one, comes from --request-rate-range, and with --concurrency-range it is"
    " requests in flight that are looked for (default: off)",
    is_ours=True,
)

CEILING = Option(
    "--max-request-rate",
    "RATE",
    sets("max_request_rate", values.rate),
    "requests that are sent in any second at most while --concurrency-range keeps some in flight, above 0 (default: no"
    " limit)",
    is_ours=True,
)

RATE = (
    Option(
        "--request-rate-range",
        "START[:END[:STEP]]",
        sets("rates", values.rate_range),
        "requests sent per second, whatever becomes of those before, one level after the other, all above 0; an END of"
        " 0 is no end, which needs -l (default: none, requests are kept in flight instead; the default STEP is 1)",
    ),
    Option(
        "--request-distribution",
        "constant|poisson",
        chooses("arrivals", ("constant", "poisson")),
        "whether the requests of a rate are one period apart, or random as those of many users are (default: constant)",
    ),
    Option(
        "--seed",
        "N",
        sets("seed", values.not_negative),
        "where the random numbers of poisson begin, at least 0; each rate has its own, the same ones in each run"
        " (default: 0)",
        is_ours=True,
    ),
    Option(
        "--request-intervals",
        "FILE",
        sets("intervals_ns", values.intervals_ns),
        "send a request after each of the intervals in this file, in microseconds, one on a line, over and over"
        " (default: none)",
    ),
    Option(
        "--load",
        "SHAPE",
        sets("shape", values.load_shape),
        "a rate that changes, until its end: 'ramp 100..2000/s over 30s, hold 10s', 'hold 500/s for 10s', 'spike 2000/s"
        " for 1s', 'step 100..500/s by 100 every 10s', 'sine 100..500/s every 20s for 1m', one after the other; or"
        " 'replay FILE', which has an instant in seconds on each line (default: none)",
        is_ours=True,
    ),
    Option(
        "--fixed-schedule",
        "",
        switches("fixed_schedule"),
        'send each step of the JSON files of --input-data once, at its "timestamp": [MSEC], milliseconds from the'
        " start, which is not sent itself; the first steps warm up if --warmup-request-count says so (default: off)",
    ),
    Option(
        "--max-in-flight",
        "N",
        sets("max_in_flight", values.positive),
        "requests in flight at most in an open loop, at least 1; those that are due meanwhile wait, and count"
        " from when they were due (default: no limit)",
        is_ours=True,
    ),
)
