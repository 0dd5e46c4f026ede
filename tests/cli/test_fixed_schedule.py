"""--fixed-schedule: the load is in the input data."""

import json

import pytest

from loadgen.cli.parser import parse
from loadgen.load.modes import FixedSchedule, Replay
from loadgen.units import ms
from tests.cli.conftest import sentence

LINE = "-m m --input-data steps.json --fixed-schedule"


@pytest.fixture(autouse=True)
def steps(tmp_path, monkeypatch):
    """Four steps, in a file in the folder where the command is typed."""
    monkeypatch.chdir(tmp_path)
    document = {"data": [{"x": [1], "timestamp": [timestamp]} for timestamp in (0, 50, 50, 200)]}
    (tmp_path / "steps.json").write_text(json.dumps(document))
    (tmp_path / "words.json").write_text("words")


def test_all_steps_are_sent_at_their_timestamps_which_are_not_inputs():
    options = parse(LINE.split())

    assert options.load_at(1) == FixedSchedule((0, ms(50), ms(50), ms(200)))
    assert (options.request_count, options.inputs.has_timestamps) == (4, True)
    assert (options.is_open_loop, options.banner_arrivals) == (True, None)


def test_the_first_steps_warm_up_at_their_own_timestamps():
    options = parse(f"--warmup-request-count 2 {LINE} --max-in-flight 3".split())

    load = options.load_at(1)
    assert load == FixedSchedule((ms(50), ms(200)), 3, warmup_offsets_ns=(0, ms(50)))
    assert load.warm_up == Replay((0, ms(50)), 3)
    assert (options.request_count, options.warmup_request_count) == (2, 2)


def test_several_files_are_one_schedule():
    assert sentence(f"{LINE} --input-data steps.json").endswith(
        'its "timestamp" 0 is before 200, that of the step before it'
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("-m m --fixed-schedule", "--fixed-schedule: this needs --input-data as well"),
        (
            "-m m --fixed-schedule --input-data zero",
            "--fixed-schedule: this needs a JSON file by --input-data, whose steps have timestamps",
        ),
        ("-m m --fixed-schedule --input-data words.json", "--input-data words.json: it is no JSON: "),
        (f"{LINE} --request-count 2", "--fixed-schedule: this does not go with --request-count"),
        (f"{LINE} --concurrency-range 2", "--fixed-schedule: this does not go with --concurrency-range"),
        (f"{LINE} --request-distribution poisson", "--fixed-schedule: this does not go with --request-distribution"),
        (f"{LINE} -b 2", "-b 2: with --fixed-schedule a request carries one step, at its own time"),
        (
            f"{LINE} --warmup-request-count 4",
            "--warmup-request-count 4: the input data of --fixed-schedule has 4 steps, and some have to be left",
        ),
    ],
)
def test_what_is_no_schedule_is_refused_in_a_sentence(line, reason):
    assert sentence(line).startswith(reason)
