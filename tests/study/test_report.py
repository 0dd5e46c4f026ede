"""The report: what it says, that it is whole in every language, and that it loads nothing from outside."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from loadgen.measure.threshold import threshold
from loadgen.measure.windows import Windows
from loadgen.study.axes import ORIGINAL, Axis, Settings
from loadgen.study.blocks import Bullets, Code, Figure, Heading, Table, Text, html, markdown
from loadgen.study.fragment import fragment
from loadgen.study.journal import Header
from loadgen.study.objective import Objective
from loadgen.study.report import Findings, report
from loadgen.study.runs import Run
from loadgen.study.schedule import Study
from loadgen.study.words import ENGLISH, LANGUAGES

CONFIG = {"name": "mnist", "instance_group": [{"name": "mnist_0", "count": 1}], "dynamic_batching": {}}
HERE = {
    "loadgen": "0.1",
    "python": "CPython 3.11",
    "platform": "Linux",
    "machine": "x86_64",
    "cpu": "A CPU <fast>",
    "cores": 2,
    "memory_bytes": 8 * 2**30,
    "libraries": {"numpy": "1.26.4", "uvloop": None},
}
HEADER = Header(
    {"measurement": [["-m", "mnist"], ["-a", ""]]}, CONFIG, "triton 2.51.0", HERE, "2026-01-02T03:04:05+00:00"
)
FOUR = Settings((("instance-count", 4),))


@pytest.fixture
def found(level_of):
    """Findings in which four instances are twice as fast as the original one, which is unstable once."""
    runs = (
        Run(1, ORIGINAL, (level_of(100, 1), level_of(110, 2))),
        Run(2, FOUR, (level_of(150, 1), level_of(220, 2, average_ms=9))),
        Run(3, Settings((("max-batch-size", 8),)), (), "no <such> shape"),
        Run(4, ORIGINAL, (level_of(101, 1), level_of(111, 2, reason="throughput spread 1.3 > 1.1"))),
        Run(5, ORIGINAL, (level_of(90, 1), level_of(108, 2))),
    )
    study = Study((Axis("instance-count", (4,)), Axis("max-batch-size", (8,))), one_at_a_time=True)
    return Findings(study, HEADER, Windows(length_s=0.6), runs, is_finished=True)


def texts(blocks):
    return [block.text for block in blocks if isinstance(block, Text)]


def test_the_conclusion_comes_first_with_its_figures_and_what_to_paste(found):
    title, best, against, apart, paste, code, *_ = report(found, ENGLISH)
    assert title == Heading("Configurations of mnist", 1)
    assert best.text == (
        "The best configuration is instance-count 4: 220.0 infer/s at concurrency 2"
        " (average latency 9000 us, p99 18000 us)."
    )
    assert against.text == "Against the original configuration (106.3 infer/s) that is +107.0 %."
    assert apart.text.startswith("Every other configuration differs from it")
    assert (paste.text, code) == ("For config.pbtxt:", Code("instance_group {\n  count: 4\n}"))


def test_it_warns_of_unstable_levels_failures_and_drift(found):
    blocks = report(found, ENGLISH)
    (warnings,) = [block for block in blocks if isinstance(block, Bullets)]
    assert warnings.items == (
        "max-batch-size 8, run 3, has no figures: no <such> shape",
        "original, run 4, concurrency 2 is not stable: throughput spread 1.3 > 1.1",
    )
    (drift,) = [text for text in texts(blocks) if text.startswith("The original configuration, run by run")]
    assert "run by run: 110.0; 101.0; 108.0 infer/s; from the first to the last \N{MINUS SIGN}1.8 %." in drift


def test_a_machine_that_changed_is_told(found, level_of):
    slow = Run(4, ORIGINAL, (level_of(90, 1),))
    changed = Findings(found.study, HEADER, found.windows, (*found.runs[:3], slow), is_finished=True)
    (warnings,) = [block for block in report(changed, ENGLISH) if isinstance(block, Bullets)]
    assert warnings.items[0].startswith("The original configuration changed by more than 10 %")


def test_ties_are_called_ties(found, level_of):
    near = Run(2, FOUR, (level_of(112, 1),))
    runs = (found.runs[0], near, *found.runs[2:])
    blocks = report(Findings(found.study, HEADER, found.windows, runs, is_finished=True), ENGLISH)
    assert (
        "The noise explains the difference between the best configuration and: original. None of them is shown to be"
        " worse."
    ) in texts(blocks)
    assert ENGLISH["original_tied"] in texts(blocks)
    (table,) = [block for block in blocks if isinstance(block, Table)][:1]
    assert [row[:2] for row in table.rows] == [("=1", "instance-count 4"), ("=1", "original")]


def test_only_levels_that_keep_the_limits_count(found):
    study = Study(found.study.axes, objective=Objective(limits=(threshold("avg<5ms"), threshold("throughput>105"))))
    blocks = report(Findings(study, HEADER, found.windows, found.runs, is_finished=True), ENGLISH)
    assert texts(blocks)[0].startswith("The best configuration is instance-count 4: 150.0 infer/s at concurrency 1")
    assert "Only levels count that keep these limits: avg<5ms, throughput>105." in texts(blocks)
    strict = Study(found.study.axes, objective=Objective(limits=(threshold("throughput>120"),)))
    blocks = report(Findings(strict, HEADER, found.windows, found.runs, is_finished=True), ENGLISH)
    (warnings,) = [block for block in blocks if isinstance(block, Bullets)]
    assert warnings.items[0] == "original has no place, for none of its levels keeps the limits: throughput>120."


def test_of_a_search_it_says_that_not_all_was_measured(found):
    study = Study((Axis("instance-count", (4, 2)), Axis("max-batch-size", (8, 1))), search=2)
    said = texts(report(Findings(study, HEADER, found.windows, found.runs, is_finished=True), ENGLISH))
    assert "Measured: 2 of 4 configurations. A better one may be among the others." in said
    assert ENGLISH["method_searched"] in said
    assert not {said[2], ENGLISH["method_searched"]} & set(texts(report(found, ENGLISH)))


def test_a_study_that_was_broken_off_before_anything_was_measured_has_a_report(found):
    nothing = Findings(found.study, HEADER, found.windows, (), is_finished=False)
    said = texts(report(nothing, ENGLISH))
    assert said[:2] == [ENGLISH["unfinished"], ENGLISH["nothing"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_all_words_and_the_same_names_in_its_sentences(language):
    words = LANGUAGES[language]
    assert words.keys() == ENGLISH.keys()
    for key, sentence in words.items():
        assert sorted(re.findall(r"{\w+}", sentence)) == sorted(re.findall(r"{\w+}", ENGLISH[key])), key


class Reader(HTMLParser):
    """Fails for a tag that is not closed, and collects all addresses."""

    def __init__(self):
        super().__init__()
        self.open, self.addresses = [], []

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_and_loads_nothing(found, language):
    page = html(report(found, LANGUAGES[language]), language)
    reader = Reader()
    reader.feed(page)
    assert (reader.open, reader.addresses) == ([], [])
    assert f'<html lang="{language}">' in page
    assert "A CPU &lt;fast&gt;" in page
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page)


def test_the_plots_are_valid_and_show_every_level(found):
    latency, throughput, split = [block for block in report(found, ENGLISH) if isinstance(block, Figure)]
    for figure in (latency, throughput):
        root = ElementTree.fromstring(figure.svg)
        points = [line.get("points").split() for line in root.iter("{http://www.w3.org/2000/svg}polyline")]
        assert [len(line) for line in points] == [2, 2, 2, 2]  # two configurations, each with its line in the legend
    names = [text.text for text in ElementTree.fromstring(split.svg).iter("{http://www.w3.org/2000/svg}text")]
    assert {"queue", "adds", "instance-count 4 (2)", "original (2)"} <= set(names)


def test_markdown_escapes_what_would_mean_something_else():
    written = markdown([Text("a_b *c* <d>"), Table(("n", "x"), (("p|q", "1"),)), Code("<a_b>")])
    assert written == "a\\_b \\*c\\* \\<d\\>\n\n| n | x |\n| --- | ---: |\n| p\\|q | 1 |\n\n```\n<a_b>\n```\n"


def test_the_fragment_names_what_is_to_be_removed():
    assert fragment(CONFIG, Settings((("dynamic-batching", "off"),))) == "# without dynamic_batching"
    assert fragment(CONFIG, Settings((("max-queue-delay", 50),))) == (
        "dynamic_batching {\n  max_queue_delay_microseconds: 50\n}"
    )
