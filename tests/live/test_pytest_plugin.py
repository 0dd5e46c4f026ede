"""Load tests as a user of the plugin writes them, run by a pytest of their own on the real Triton."""

import json
from xml.etree import ElementTree

import pytest

from tests.conftest import MODEL_REPOSITORY

pytestmark = pytest.mark.live

LOAD_TESTS = """
import pytest
from loadgen import Concurrency, Windows

SHORT = Windows(length_s=0.2, tolerance=99.0)

@pytest.mark.parametrize("in_flight", [1, 2])
def test_it_holds(loadgen, loadgen_server, in_flight):
    report = loadgen(loadgen_server.target("mnist-onnx"), Concurrency(in_flight), windows=SHORT)
    report.assert_that("p50<60s", "throughput>0", "errors<0.1%")

@pytest.mark.benchmark(group="those that fail")
def test_it_fails(loadgen, loadgen_server):
    report = loadgen(loadgen_server.target("mnist-onnx", protocol="http"), Concurrency(2), windows=SHORT)
    report.assert_that("avg<0.001ms", "compute<60s", "throughput>1000000")

@pytest.mark.loadgen_server("broken")
def test_it_has_no_server(loadgen_server):
    pass
"""


@pytest.fixture
def load_tests(pytester):
    """Return a function that runs these tests, all or some, with warnings as errors."""
    pytester.makeini(f"[pytest]\nloadgen_model_repository = {MODEL_REPOSITORY}\nfilterwarnings = error\n")
    pytester.makepyfile(LOAD_TESTS)
    # What pytest-benchmark finds out of the machine takes seconds, each time.
    pytester.makeconftest("def pytest_benchmark_generate_machine_info(): return {}")
    (pytester.mkdir("broken") / "a_model").mkdir()
    (pytester.path / "broken" / "a_model" / "config.pbtxt").write_text('backend: "none"')
    return pytester.runpytest_subprocess


def test_load_tests_are_reported_saved_and_compared(load_tests, pytester):
    first = load_tests("--junitxml=junit.xml", "--benchmark-json=benchmark.json", "--benchmark-save=first")

    first.assert_outcomes(passed=2, failed=1, errors=1)
    first.stdout.fnmatch_lines(
        [
            "loadgen_server: Triton did not start: *",
            ">       report.assert_that(*",
            "E       AssertionError: avg * ms > 0.001 ms (limit), stable, * requests",
            "E       throughput * infer/s < 1000000 infer/s (limit), stable, * requests",
            "*Captured loadgen call*",
            "Concurrency 2",
            "    Request count: *",
            "    Avg HTTP time: *",
        ]
    )
    first.stdout.no_fnmatch_line("*During handling of*")
    first.stdout.no_fnmatch_line("*pytest_plugin.py:*")
    check_properties(ElementTree.parse(pytester.path / "junit.xml"))
    check_benchmarks(json.loads((pytester.path / "benchmark.json").read_text())["benchmarks"])

    second = load_tests("-k", "holds and 2", "--benchmark-compare", "--benchmark-compare-fail=median:100000%")

    second.assert_outcomes(passed=1, deselected=3)
    second.stdout.fnmatch_lines_random(["test_it_holds?2? (0001_first) *", "test_it_holds?2? (NOW) *"])


def check_properties(junit):
    by_test = {
        case.attrib["name"]: {one.attrib["name"]: one.attrib["value"] for one in case.iter("property")}
        for case in junit.iter("testcase")
    }
    assert [by_test[f"test_it_holds[{n}]"]["loadgen.load"] for n in (1, 2)] == ["Concurrency 1", "Concurrency 2"]
    assert float(by_test["test_it_fails"]["loadgen.throughput"]) > 0
    assert by_test["test_it_fails"]["loadgen.stable"] == "yes"
    assert by_test["test_it_has_no_server[broken]"] == {}


def check_benchmarks(benchmarks):
    assert [one["group"] for one in benchmarks] == [None, None, "those that fail"]
    for one in benchmarks:
        assert one["options"]["timer"] == "latencies of a load"
        assert one["stats"]["rounds"] == len(one["stats"]["data"]) > 0
        assert one["stats"]["mean"] * 1e6 == pytest.approx(one["extra_info"]["average_us"], abs=1)
        assert one["stats"]["max"] * 1e6 >= one["extra_info"]["p99_us"]
