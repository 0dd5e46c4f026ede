"""The server's metrics on standard output, in the CSV file and in the document."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from textwrap import dedent

import jsonschema
import pytest

from loadgen.load.target import Target
from loadgen.measure.metrics import Metrics, Processor
from loadgen.measure.windows import Windows
from loadgen.report.csv import csv_text
from loadgen.report.environment import environment
from loadgen.report.metrics_text import metrics_text
from loadgen.report.report import Report

CPU = Processor(0.125, None, 3000, 8000)
GPUS = {"GPU-a": Processor(0.25, 55.125, 1123456789, 16945512448), "GPU-b": Processor(utilization=0.5)}
HEADER = "Avg GPU Utilization,Avg GPU Power Usage,Max GPU Memory Usage,Total GPU Memory"


def test_each_list_has_a_line_for_each_gpu():
    assert metrics_text(Metrics(CPU, GPUS)).replace("Metrics: \n", "Metrics:\n") == dedent("""\
        #
          Server Prometheus Metrics:
            Avg GPU Utilization:
              GPU-a : 25%
              GPU-b : 50%
            Avg GPU Power Usage:
              GPU-a : 55.125 watts
              GPU-b : n/a
            Max GPU Memory Usage:
              GPU-a : 1123456789 bytes
              GPU-b : n/a
            Total GPU Memory:
              GPU-a : 16945512448 bytes
              GPU-b : n/a
            Avg CPU Utilization: 12.5%
            Max CPU Memory Usage: 3000 bytes
            Total CPU Memory: 8000 bytes""").removeprefix("#\n")


def test_without_a_gpu_there_is_one_line_in_place_of_the_lists():
    assert metrics_text(Metrics(CPU)).splitlines()[1:3] == ["    GPU: n/a", "    Avg CPU Utilization: 12.5%"]


def test_a_level_without_a_reading_says_so():
    assert metrics_text(None).splitlines()[1].startswith("    n/a (not read within the windows;")


@pytest.mark.parametrize(
    ("metrics", "cells"),
    [
        pytest.param(
            Metrics(CPU, GPUS),
            "GPU-a:0.25;GPU-b:0.5;,GPU-a:55.125;,GPU-a:1123456789;,GPU-a:16945512448;",
            id="the GPUs that tell a figure",
        ),
        pytest.param(Metrics(CPU), ",,,", id="no GPU"),
        pytest.param(None, ",,,", id="no reading"),
    ],
)
def test_the_last_four_cells_of_the_csv_file(level_of, metrics, cells):
    level = replace(level_of(1, 100.0, 200), metrics=metrics)
    header, row = csv_text([level], verbose=True, metrics=True).splitlines()
    assert header.endswith(f",response wait,{HEADER}")
    assert row.endswith(f",200,{cells}")


@pytest.mark.parametrize(("verbose", "metrics"), [(True, False), (False, True)])
def test_the_csv_file_has_them_only_if_verbose_and_collected(level_of, verbose, metrics):
    assert "GPU" not in csv_text([level_of(1, 100.0, 200)], verbose=verbose, metrics=metrics)


@pytest.mark.parametrize(
    ("metrics", "gpus"),
    [
        pytest.param(Metrics(CPU, GPUS), [("GPU-a", 0.25, 55.125), ("GPU-b", 0.5, None)], id="two GPUs"),
        pytest.param(Metrics(CPU), None, id="no GPU"),
    ],
)
def test_the_document_has_them_by_its_schema(level_of, metrics, gpus):
    level = replace(level_of(1, 100.0, 200), metrics=metrics)
    when = datetime(2026, 1, 2, tzinfo=UTC)
    written = Report(Target("h:1", "m"), Windows(), when, environment(), levels=(level,)).to_dict()
    jsonschema.validate(written, json.loads(files("loadgen.report").joinpath("schema.json").read_text("utf-8")))
    told = written["levels"][0]["metrics"]
    assert told["cpu"] == {"utilization": 0.125, "memory_used_bytes": 3000, "memory_total_bytes": 8000}
    listed = told["gpus"] and [(gpu["uuid"], gpu["utilization"], gpu["power_w"]) for gpu in told["gpus"]]
    assert listed == gpus
