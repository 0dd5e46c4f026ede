"""The documentation covers what `import loadgen` offers; `make docs` builds it, and fails on a broken reference."""

import re
from pathlib import Path

import pytest

import loadgen

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))


def test_every_public_name_is_in_the_api():
    api = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    documented = re.findall(r"^::: loadgen\.(\w+)$", api, re.MULTILINE)

    # `serve` is another name of TritonServer.
    assert sorted(documented) == sorted({*loadgen.__all__} - {"__version__", "serve"})


def test_every_page_is_in_the_navigation():
    listed = re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))

    assert sorted(listed) == [page.relative_to(ROOT / "docs").as_posix() for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_scripts_on_a_page_are_examples_that_are_run(page: Path):
    text = page.read_text(encoding="utf-8")
    scripts = re.findall(r'^--8<-- "(\S+?)(?::\d*:\d*)?"$', text, re.MULTILINE)

    assert len(scripts) == text.count("--8"), "a mark that is not read as one would stand on the page"
    for script in scripts:
        assert (ROOT / script).is_file()
        assert script.startswith("examples/")


def test_every_public_name_says_what_it_is():
    assert [name for name in loadgen.__all__ if name != "__version__" and not getattr(loadgen, name).__doc__] == []
