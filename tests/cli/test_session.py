import os
import signal
from dataclasses import replace

import pytest

from loadgen.cli.main import main
from loadgen.errors import ConfigError, EmptyWindowError, InferenceError, ServerError
from loadgen.load.input_data import Inputs
from loadgen.load.tls import Tls
from loadgen.load.transport import Transport
from loadgen.measure.client_use import ClientUse
from loadgen.measure.failures import ErrorLimit, FailureCount
from loadgen.measure.results import LoadPrepared, Verdict
from loadgen.measure.search import BinarySearch, LinearSearch
from tests.cli.conftest import level

RUN = ["-m", "m", "--concurrency-range", "1:2", "-r", "3"]
SUMMARY = "Inferences/Second vs. Client Average Batch Latency"


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_run_prints_settings_levels_and_summary_on_stdout_and_nothing_on_stderr(play, capsys):
    play(level(1), level(2))
    assert main(RUN) == 0
    out, err = capsys.readouterr()
    assert [line for line in out.splitlines() if not line.startswith(" ")] == [
        "*** Measurement Settings ***",
        "",
        "Request concurrency: 1",
        "Request concurrency: 2",
        SUMMARY,
        "Concurrency: 1, throughput: 1000 infer/sec, latency 1000 usec",
        "Concurrency: 2, throughput: 2000 infer/sec, latency 1000 usec",
    ]
    assert "  Concurrency limit: 2 concurrent requests\n" in out
    assert err == ""


def test_verbose_adds_a_line_for_each_window(play, capsys):
    play(level(1))
    assert main([*RUN, "-v"]) == 0
    assert "  Pass [1] throughput: 1000 infer/sec. Avg latency: 1000 usec" in capsys.readouterr().out


def test_a_client_that_was_the_limit_is_warned_of_below_its_level(play, capsys):
    uses = {1: ClientUse(1000, 600), 2: ClientUse(1000, 600, waiting_ns=301)}
    levels = [level(number) for number in uses]
    play(*(replace(one, summary=replace(one.summary, client=uses[one.load.value])) for one in levels))
    assert main(RUN) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")][2:6] == [
        "Request concurrency: 1",
        "Request concurrency: 2",
        "[WARNING] Perf Analyzer is not able to keep up with the desired load. The results may not be accurate.",
        SUMMARY,
    ]


def test_a_percentile_takes_the_place_of_the_average(play, capsys):
    play(level(1))
    assert main([*RUN, "--percentile", "95"]) == 0
    out = capsys.readouterr().out
    assert (
        "Inferences/Second vs. Client p95 Batch Latency\nConcurrency: 1, throughput: 1000 infer/sec, latency 1200"
        in out
    )
    assert "Stabilizing using p95latency and throughput" in out


def test_the_options_become_the_plan(play):
    plans = play(level(1))
    main(["-m", "m", "-x", "2", "-u", "h:1", "-b", "4", "-p", "500", "-s", "5", "-r", "7", "--shape", "a:2,3"])
    (plan,) = plans
    assert (plan.transport, plan.error_limit) == (Transport(), None)
    assert (plan.target.url, plan.target.model, plan.target.version) == ("h:1", "m", "2")
    assert (plan.search, plan.inputs) == (LinearSearch(1, 1), Inputs(batch_size=4, shapes={"a": (2, 3)}))
    assert plan.windows.length_s == pytest.approx(0.6)  # 1.2 times the interval, as in perf_analyzer
    assert (plan.windows.tolerance, plan.windows.at_most, plan.windows.percentile) == (0.05, 7, None)


def test_the_options_of_transport_become_the_plan(play):
    plans = play(level(1))
    main(["-m", "m", "-i", "http", "-u", "https://h/p", "-H", "A: b", "--input-tensor-format", "json"])
    main(["-m", "m", "-H", "A: b", "--streaming", "--request-timeout", "500ms", "--max-error-rate", "1%"])
    http, grpc = plans
    assert (http.target.protocol, http.target.tls, http.target.headers) == ("http", Tls(), (("A", "b"),))
    assert http.transport == Transport(json_inputs=True)
    assert (grpc.target.protocol, grpc.target.tls, grpc.target.headers) == ("grpc", None, (("A", "b"),))
    assert grpc.transport == Transport(streaming=True, request_timeout_s=0.5)
    assert grpc.error_limit == ErrorLimit(rate=0.01)


@pytest.mark.parametrize(
    ("levels", "limit"),
    [
        pytest.param("4", None, id="a level alone is no range"),
        pytest.param("1:1", None, id="nor is the range that perf_analyzer takes for one"),
        pytest.param("4:4", 4, id="a range of one level"),
        pytest.param("1:8:3", 8, id="a range whose end is not visited"),
    ],
)
def test_the_banner_names_the_limits_of_a_range(play, capsys, levels, limit):
    play(level(1))
    main(["-m", "m", "--concurrency-range", levels])
    banner, _, _ = capsys.readouterr().out.partition("Request concurrency")
    expected = ["  Latency limit: 0 msec", f"  Concurrency limit: {limit} concurrent requests"] if limit else []
    assert [line for line in banner.splitlines() if " limit: " in line] == expected


@pytest.mark.parametrize(
    ("prepared", "first", "last"),
    [
        pytest.param(LoadPrepared(), "*** Measurement Settings ***", "", id="nothing that is known beforehand"),
        pytest.param(
            LoadPrepared(stream_sizes=(3,)),
            " Successfully read data for 1 stream/streams with 3 step/steps.",
            "",
            id="a stream of input data",
        ),
        pytest.param(
            LoadPrepared(stream_sizes=(3, 1)), " Successfully read data for 2 stream/streams.", "", id="several streams"
        ),
        pytest.param(
            LoadPrepared(is_decoupled=True),
            "*** Measurement Settings ***",
            "  Detected decoupled model, using the last response for measuring latency",
            id="a decoupled model",
        ),
    ],
)
def test_the_banner_tells_what_was_found(play, capsys, prepared, first, last):
    play(level(1), prepared=prepared)
    main(["-m", "m"])
    banner, _, _ = capsys.readouterr().out.partition("\n\nRequest concurrency")
    lines = banner.splitlines()
    assert (lines[0], "*** Measurement Settings ***" in lines) == (first, True)
    assert lines[-1] == (last or "  Using asynchronous calls for inference")


def test_a_level_is_announced_again_when_it_is_warm(play, capsys):
    play(level(1), level(2))
    main([*RUN, "--warmup-request-count", "4"])
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Request concurrency")]
    assert lines == ["Request concurrency: 1"] * 2 + ["Request concurrency: 2"] * 2


def test_over_http_the_time_is_that_of_http(play, capsys):
    play(level(1))
    main([*RUN, "-i", "http"])
    assert "    Avg HTTP time: 1000 usec (send/recv 0 usec + response wait 1000 usec)\n" in capsys.readouterr().out


def test_an_unstable_level_is_marked_and_warned_of_and_the_sweep_goes_on(play, capsys):
    play(level(1), level(2, unstable="too noisy"))
    assert main(RUN) == 0
    out, err = capsys.readouterr()
    assert "Concurrency: 2, throughput: 2000 infer/sec, latency 1000 usec [unstable: too noisy]\n" in out
    assert "Failed to obtain stable measurement within 3 measurement windows for concurrency 2." in err


def test_an_unstable_first_level_is_exit_code_2_and_keeps_its_numbers(play, capsys):
    play(level(1, unstable="too noisy"))
    assert main(["-m", "m", "-r", "3"]) == 2
    out, err = capsys.readouterr()
    assert "Concurrency: 1, throughput: 1000 infer/sec" in out
    assert err.splitlines()[-1] == "Failed to obtain stable measurement."


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(ServerError("the server closed the connection"), 99, id="a server that goes away is 99"),
        pytest.param(EmptyWindowError("Please use a larger time window."), 3, id="an empty window is 3"),
    ],
)
def test_an_error_keeps_what_was_measured_and_ends_with_one_sentence(play, capsys, error, code):
    play(level(1), level(2, unstable="ended by an error", windows=2), error)
    assert main(RUN) == code
    out, err = capsys.readouterr()
    assert SUMMARY in out
    assert "Concurrency: 2, throughput: 2000 infer/sec, latency 1000 usec [unstable: ended by an error]" in out
    assert err == f"loadgen: {error}\n"


def test_an_error_before_the_first_level_prints_its_sentence_and_nothing_else(play, capsys):
    play(ConfigError("-b 2: model does not batch"))
    assert main(RUN) == 99
    assert capsys.readouterr() == ("", "loadgen: -b 2: model does not batch\n")


def test_a_failed_request_is_told_in_the_words_that_scripts_look_for(play, capsys):
    play(level(1), InferenceError("boom"))
    assert main(RUN) == 99
    assert capsys.readouterr().err.splitlines() == [
        "Failed to maintain requested inference load. Worker thread(s) failed to generate concurrent requests.",
        "Thread [0] had error: boom",
        "loadgen: the first failed request ended the run: boom",
    ]


def test_the_failed_request_that_ends_a_run_is_reported_with_what_was_measured(play, capsys):
    failure = {"UNAVAILABLE": FailureCount(1, "boom")}
    play(level(1), level(2, unstable="ended by an error", windows=1, failures=failure), InferenceError("boom"))
    assert main(RUN) == 99
    out, _ = capsys.readouterr()
    assert "    Failed requests: 1 of 401 (0.25 %), not in the other figures\n      1 [UNAVAILABLE] boom\n" in out
    assert "Concurrency: 2, throughput: 2000 infer/sec, latency 1000 usec [unstable: ended by an error]\n" in out


def test_a_level_without_a_success_has_no_line_in_the_summary(play, capsys):
    nothing = level(1, unstable="ended by an error", windows=0, failures={"UNAVAILABLE": FailureCount(1, "boom")})
    play(nothing, InferenceError("boom"))
    assert main(RUN) == 99
    out, _ = capsys.readouterr()
    assert "    Failed requests: 1 of 1 (100.00 %), not in the other figures\n" in out
    assert SUMMARY not in out
    assert "latency" not in out.partition("Client:")[2]


def test_tolerated_failures_are_reported_and_the_exit_code_is_that_of_the_levels(play, capsys):
    play(level(1, failures={"timeout": FailureCount(6, "no answer within 500 ms")}))
    assert main([*RUN, "--max-error-rate", "1%"]) == 0
    out, err = capsys.readouterr()
    assert "Failed requests: 6 of 606 (0.99 %)" in out
    assert "      6 [timeout] no answer within 500 ms\n" in out
    assert err == ""


def test_more_failures_than_are_tolerated_end_the_run_with_perf_analyzers_lines_and_ours(play, capsys):
    sentence = "3.2 % of the requests failed (96 of 3000), more than the 1 % that --max-error-rate allows"
    play(level(1), InferenceError(sentence))
    assert main([*RUN, "--max-error-rate", "1%"]) == 99
    out, err = capsys.readouterr()
    assert SUMMARY in out
    assert err.splitlines() == [
        "Failed to maintain requested inference load. Worker thread(s) failed to generate concurrent requests.",
        f"Thread [0] had error: {sentence}",
        f"loadgen: {sentence}",
    ]


@pytest.mark.parametrize("send_signal", [interrupt, terminate])
def test_a_signal_stops_the_load_and_prints_what_was_measured(play, capsys, send_signal):
    play(level(1), send_signal, level(2, unstable="interrupted in window 1", windows=1))
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    assert main(RUN) == 0
    out, err = capsys.readouterr()
    assert "Concurrency: 2, throughput: 2000 infer/sec, latency 1000 usec [unstable: interrupted in window 1]\n" in out
    assert err == "loadgen: stopping when the requests in flight are answered; again to leave at once\n"
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_interrupted_before_the_first_window_there_is_nothing_to_print_and_it_is_no_error(play, capsys):
    play(interrupt)
    assert main(RUN) == 0
    assert capsys.readouterr().out == ""


def test_a_closed_pipe_stops_the_load_in_good_order(play, capsys, monkeypatch):
    ended = []

    def nobody_reads(*_args, **_kwargs):
        raise BrokenPipeError

    monkeypatch.setattr("builtins.print", nobody_reads)
    play(level(1), lambda: ended.append("the load was told to stop"))
    assert main(RUN) == 141
    assert ended == ["the load was told to stop"]
    assert capsys.readouterr() == ("", "")


def test_what_is_to_be_known_of_an_option_is_told_before_the_load_begins(play, capsys):
    play(level(1))
    assert main([*RUN, "--max-threads", "4"]) == 0
    note = "loadgen: --max-threads 4: one event loop does the work, in one thread, whatever the number\n"
    assert capsys.readouterr().err == note


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        pytest.param("", "search", LinearSearch(1, 1), id="one level"),
        pytest.param("--concurrency-range 2:8:3", "search", LinearSearch(2, 8, 3), id="a range"),
        pytest.param("--concurrency-range 2:0 -l 9", "search", LinearSearch(2, None), id="a range without an end"),
        pytest.param("--concurrency-range 2:8 --binary -l 9", "search", BinarySearch(2, 8), id="a binary search"),
        pytest.param("--request-count 9", "request_count", 9, id="a number of requests"),
        pytest.param("--warmup-request-count 9", "warmup_request_count", 9, id="a number of requests before"),
    ],
)
def test_the_options_of_load_become_the_plan(play, line, field, value):
    plans = play(level(1))
    main(["-m", "m", *line.split()])
    assert getattr(plans[0], field) == value


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        pytest.param("", "request_count", None, id="windows of time"),
        pytest.param(
            "--measurement-request-count 9", "request_count", None, id="of time, whatever their count would be"
        ),
        pytest.param("--measurement-mode count_windows", "request_count", 50, id="windows of 50 requests"),
        pytest.param(
            "--measurement-mode count_windows --measurement-request-count 9",
            "request_count",
            9,
            id="windows of requests",
        ),
        pytest.param("-l 20", "latency_limit_ns", 20_000_000, id="a latency limit in milliseconds"),
        pytest.param("-l 0", "latency_limit_ns", None, id="no limit"),
    ],
)
def test_the_options_of_measurement_become_windows(play, line, field, value):
    plans = play(level(1))
    main(["-m", "m", *line.split()])
    assert getattr(plans[0].windows, field) == value


def test_the_banner_is_that_of_the_options(play, capsys):
    play(level(1))
    main(["-m", "m", "--measurement-mode", "count_windows", "-l", "9", "--binary", "--concurrency-range", "1:4"])
    banner, _, _ = capsys.readouterr().out.partition("Request concurrency")
    assert banner.splitlines()[3:] == [
        '  Using "count_windows" mode for stabilization',
        "  Stabilizing using average latency and throughput",
        "  Minimum number of samples in each window: 50",
        "  Latency limit: 9 msec",
        "  Concurrency limit: 4 concurrent requests",
        "  Using Binary Search algorithm",
        "  Using asynchronous calls for inference",
        "",
    ]


def test_a_level_over_the_limit_is_marked_and_told_in_perf_analyzers_words(play, capsys):
    slow = replace(level(2), verdict=Verdict(stable=True, reason="1 ms is not below 1 ms", over_limit=True))
    play(level(1), slow)
    assert main([*RUN, "-l", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.endswith("infer/sec, latency 1000 usec [over the limit: 1 ms is not below 1 ms]\n")
    assert err == "Measured latency went over the set limit of 1 msec. \n"


def test_a_level_unstable_and_over_the_limit_is_told_of_as_unstable(play, capsys):
    slow = level(1, unstable="too noisy; 1 ms is not below 1 ms", windows=3)
    play(replace(slow, verdict=replace(slow.verdict, over_limit=True)))
    assert main(["-m", "m", "-l", "1", "--measurement-mode", "count_windows"]) == 2
    err = capsys.readouterr().err
    assert "Failed to obtain stable measurement within 10 measurement windows for concurrency 1." in err
    assert "Please try to increase the --measurement-request-count." in err
    assert "went over" not in err


def test_a_binary_search_that_is_unstable_is_exit_code_0_as_in_perf_analyzer(play, capsys):
    play(level(1, unstable="too noisy"))
    assert main(["-m", "m", "-r", "3", "-l", "9", "--binary-search", "--concurrency-range", "1:4"]) == 0
    assert "Failed to obtain stable measurement" in capsys.readouterr().err
