"""A study on disk: written line by line, and read again."""

from dataclasses import replace

import pytest

from loadgen.errors import ConfigError
from loadgen.measure.failures import FailureCount
from loadgen.measure.windows import Windows
from loadgen.study.journal import Header, Journal, read_journal

HEADER = Header({"study": {}}, {"name": "m"}, "triton 2.51.0", {"cores": 2}, "2026-01-02T03:04:05+00:00")


@pytest.fixture
def written(tmp_path, level_of, run_of):
    """A journal with a complete run, one that failed after a level, and one that has only begun."""
    file = tmp_path / "journal.jsonl"
    failing = level_of(300, 2, reason="moved")
    going_down = {"UNAVAILABLE": FailureCount(3, "going down")}
    failing = replace(failing, summary=replace(failing.summary, failures=going_down))
    runs = [
        replace(run_of(1, 100), levels=(level_of(100, 1), level_of(190, 2))),
        replace(run_of(2, 200, instance_count=4, failed="out of memory"), levels=(level_of(200, 1),)),
        replace(run_of(3, 300, instance_count=4, max_queue_delay=50), levels=(failing,)),
    ]
    with Journal(file, Windows()) as journal:
        journal.begin(HEADER)
        for run in runs:
            for level in run.levels:
                journal.add_level(run, level)
            if run.failed:
                journal.add_failure(run)
    return file, runs


def without_failures(run):
    """The failures of a level are kept once: with its windows they are not known apart."""
    return replace(
        run, levels=tuple(replace(level, summary=replace(level.summary, failures={})) for level in run.levels)
    )


def test_what_was_written_is_read(written):
    file, runs = written
    record = read_journal(file)
    assert record.header == HEADER
    assert [without_failures(run) for run in record.runs] == [without_failures(run) for run in runs]


def test_a_line_that_was_being_written_is_left_out_and_overwritten(written, level_of, run_of):
    file, _ = written
    file.write_bytes(file.read_bytes() + b'{"run":4,"settings":[],"lev')
    assert len(read_journal(file).runs) == 3
    with Journal(file, Windows()) as journal:
        journal.add_level(run_of(4, 400), level_of(400))
    assert read_journal(file).runs[3] == run_of(4, 400)


@pytest.mark.parametrize("text", ["", "no json\n", '{"format": "loadgen"}\n', "[1]\n"])
def test_another_file_is_refused(tmp_path, text):
    file = tmp_path / "journal.jsonl"
    file.write_text(text)
    with pytest.raises(ConfigError, match="this is no journal of a study"):
        read_journal(file)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="the journal cannot be read: No such file or directory"):
        read_journal(tmp_path / "journal.jsonl")
