"""The report of a study as files: Markdown with its plots beside it, and one HTML file."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from loadgen.errors import LoadgenError
from loadgen.study.blocks import Block, Figure, html, markdown
from loadgen.study.report import Findings, report
from loadgen.study.words import LANGUAGES


def write_report(found: Findings, folder: Path, language: str) -> Path:
    """Write the report into a folder that is there, and return the path of the HTML file."""
    for name, text in _files(report(found, LANGUAGES[language]), language):
        try:
            (folder / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise LoadgenError(f"{folder / name}: the report cannot be written: {error.strerror}") from error
    return folder / "report.html"


def _files(blocks: Sequence[Block], language: str) -> Iterator[tuple[str, str]]:
    yield "report.html", html(blocks, language)
    yield "report.md", markdown(blocks)
    yield from ((block.file, block.svg + "\n") for block in blocks if isinstance(block, Figure))
