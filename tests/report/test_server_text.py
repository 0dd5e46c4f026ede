"""The server's lines of models that are composed of others, against perf_analyzer's own."""

import re
from pathlib import Path

import pytest

from loadgen.measure.server_statistics import ServerStatistics
from loadgen.report.server_text import server_lines
from tests.report import composed

RECORDED = Path(__file__).parent / "perf_analyzer"


def server_blocks_of_perf_analyzer(name):
    recorded = (RECORDED / name).read_text(encoding="utf-8")
    # A model of which it does not know the version, for it was not asked, has the version -1 there.
    return re.findall(
        r"^  Server: \n.*?(?=^Request|^Inferences/S)", recorded.replace("version: -1", "version: 1"), re.DOTALL | re.M
    )


@pytest.mark.parametrize(
    ("name", "servers"),
    [
        pytest.param("nested_ensemble.txt", composed.NESTED, id="an ensemble within an ensemble"),
        pytest.param("ensemble_of_cached_models.txt", (composed.CACHED_PARTS,), id="a cache of one composing model"),
        pytest.param("cached_ensemble.txt", (composed.CACHED,), id="a cache of the whole ensemble"),
    ],
)
def test_the_lines_are_those_of_perf_analyzer(name, servers):
    ours = ["".join(f"{line}\n" for line in server_lines(server)) for server in servers]

    assert ours == server_blocks_of_perf_analyzer(name)


def test_of_a_composing_model_the_version_that_was_asked_is_told():
    versions = {("part", version): ServerStatistics() for version in ("9", "10")}
    asked = versions | {("part", "9"): composed.served(5, 10, 1)}

    def told(parts):
        return [line.strip() for line in server_lines(composed.served(5, 20, 1, composing=parts)) if "version" in line]

    assert told(asked) == ["part, version: 9"]
    assert told(versions) == ["part, version: 10"]
