"""The pytest plugin without a server: what it costs, its options, and how it refuses what cannot be meant."""

import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pytest

from loadgen import pytest_plugin
from loadgen.errors import InferenceError
from loadgen.load.modes import Concurrency
from loadgen.load.target import Target
from loadgen.measure.records import Records
from loadgen.measure.results import LevelResult, Summary, Verdict
from loadgen.measure.summary import summarize
from loadgen.measure.windows import Window, Windows
from loadgen.report.report import Report
from loadgen.units import NS_PER_MS, seconds


def test_every_pytest_has_it_and_no_load_test_no_import():
    script = "import pytest, loadgen.pytest_plugin, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    assert not {"numpy", "grpc", "tritonclient", "uvloop", "rich", "loadgen.triton", "loadgen.report.text"} & {*loaded}


def test_the_fixtures_say_what_they_are(pytester):
    pytester.runpytest_inprocess("--fixtures").stdout.fnmatch_lines(
        ["loadgen -- *", "    Run a load *", "loadgen_server *session scope* -- *", "    Run the embedded Triton *"]
    )


@pytest.mark.parametrize(
    ("options", "folder"), [([], "of_ini"), (["--loadgen-model-repository=of_option"], "of_option")]
)
def test_the_models_are_those_of_the_marker_or_the_command_line_or_the_ini_file(pytester, options, folder):
    pytester.makeini("[pytest]\nloadgen_model_repository = of_ini\n")
    pytester.makepyfile("""
        import pytest

        def test_without(loadgen_server):
            pass

        @pytest.mark.loadgen_server("of_marker")
        def test_with(loadgen_server):
            pass
    """)
    result = pytester.runpytest_inprocess(*options)

    result.assert_outcomes(errors=2)
    ways = "--loadgen-model-repository, or loadgen_model_repository in the ini file"
    for name in (folder, "of_marker"):
        sentence = f"loadgen_server: there is no folder {pytester.path / name}; name that of the models by {ways}"
        result.stdout.fnmatch_lines([sentence])
    result.stdout.no_fnmatch_line("*pytest_plugin.py:*")


def test_a_marker_without_its_folder_is_refused(pytester):
    pytester.makepyfile("import pytest\n@pytest.mark.loadgen_server\ndef test_it(loadgen_server): pass")
    result = pytester.runpytest_inprocess()

    result.assert_outcomes(errors=1)
    usage = '@pytest.mark.loadgen_server("model_repository")'
    result.stdout.fnmatch_lines([f"*.py::test_it: the marker takes one folder of models: {usage}"])
    result.stdout.no_fnmatch_line("*pytest_plugin.py:*")


def test_what_was_measured_before_an_error_is_attached_too(pytester, monkeypatch):
    summary = Summary(10, seconds(1), 10.0, NS_PER_MS, 0, dict.fromkeys((50, 90, 95, 99), NS_PER_MS), None)
    level = LevelResult(Concurrency(3), summary, Verdict(stable=False, reason="ended by an error"))

    def ended_by_an_error(*_arguments, **_options):
        error = InferenceError("[UNAVAILABLE] going down")
        error.report = Report(Target("h:1", "m"), Windows(), datetime.now(UTC), {}, levels=(level,))
        raise error

    monkeypatch.setattr("loadgen.run", ended_by_an_error)
    pytester.makepyfile("def test_it(loadgen): loadgen(None, None)")
    result = pytester.runpytest_inprocess("--junitxml=junit.xml")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E * loadgen.errors.InferenceError: *going down", "*Captured loadgen call*", "Concurrency 3"]
    )
    assert '"loadgen.stable" value="ended by an error"' in (pytester.path / "junit.xml").read_text()


@pytest.mark.parametrize(
    ("most", "latencies_ms"),
    [pytest.param(9, [1, 2, 3, 4, 7], id="all"), pytest.param(3, [1, 3, 7], id="of many some, lowest and highest too")],
)
def test_the_rounds_of_pytest_benchmark_are_the_latencies(monkeypatch, most, latencies_ms):
    monkeypatch.setattr(pytest_plugin, "MOST_ROUNDS", most)
    end_ns = np.array([4, 2, 7, 1, 3]) * NS_PER_MS
    window = Window(0, seconds(1), Records(np.zeros(5, np.int64), end_ns), None)
    level = LevelResult(Concurrency(1), summarize([window]), Verdict(stable=True), windows=(window,))

    assert pytest_plugin._spread_latencies_s(level) == pytest.approx([ms / 1000 for ms in latencies_ms])
