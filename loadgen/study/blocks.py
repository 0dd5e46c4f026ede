"""A report as a sequence of blocks, written as Markdown and as one HTML file that loads nothing from outside. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Heading:
    """A heading; `level` 1 is the title."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table; the first `names` columns are words, the others figures."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: int = 1


@dataclass(frozen=True)
class Code:
    """Lines as they are."""

    text: str


@dataclass(frozen=True)
class Figure:
    """A plot: its SVG, the words below it, and the name of the file in which Markdown finds it."""

    svg: str
    caption: str
    file: str


Block = Heading | Text | Bullets | Table | Code | Figure

_MARKDOWN_SPECIAL = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_<>|[]"})

_STYLE = """
body{font:16px/1.5 system-ui,'DejaVu Sans',sans-serif;color:#222;background:#fff}
body{max-width:78rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.7rem}h2{font-size:1.25rem;margin-top:2.2rem;border-bottom:1px solid #ddd}
h3{font-size:1rem;margin-bottom:.3rem}
table{border-collapse:collapse;font-size:.82rem;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}
th,td{padding:.25rem .45rem;border-bottom:1px solid #e4e4e4;text-align:right;vertical-align:bottom}
th{background:#f5f5f5}.name{text-align:left}.name+.name{min-width:17rem}
pre{background:#f6f6f6;padding:.7rem;overflow-x:auto;font-size:.82rem;line-height:1.35}
figure{margin:1rem 0;max-width:70rem}figcaption{color:#555;font-size:.9rem}svg{width:100%;height:auto}
"""


def markdown(blocks: Sequence[Block]) -> str:
    """Return the report as Markdown; its figures are files beside it."""
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def html(blocks: Sequence[Block], language: str) -> str:
    """Return the report as a page; `language` is that of its words, `en` or `ru`."""
    title = next((block.text for block in blocks if isinstance(block, Heading)), "")
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    body = "\n".join(_html(block) for block in blocks)
    page = f"<head>{head}<style>{_STYLE}</style></head><body>\n{body}\n</body>"
    return f'<!doctype html>\n<html lang="{language}">{page}</html>\n'


def _markdown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {_escaped(text)}"
        case Text(text):
            return _escaped(text)
        case Bullets(items):
            return "\n".join(f"- {_escaped(item)}" for item in items)
        case Table(titles, rows, names):
            ruler = ["---" if index < names else "---:" for index in range(len(titles))]
            return "\n".join(f"| {' | '.join(row)} |" for row in (*map(_cells, (titles,)), ruler, *map(_cells, rows)))
        case Code(text):
            return f"```\n{text}\n```"
        case Figure(_, caption, file):
            return f"![{_escaped(caption)}]({file})\n\n{_escaped(caption)}"


def _cells(row: Sequence[str]) -> list[str]:
    return [_escaped(cell) for cell in row]


def _escaped(text: str) -> str:
    return " ".join(text.split()).translate(_MARKDOWN_SPECIAL)


def _html(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{escape(text)}</h{level}>"
        case Text(text):
            return f"<p>{escape(text)}</p>"
        case Bullets(items):
            return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"
        case Table(titles, rows, names):
            head = _html_row(titles, names, "th")
            return (
                f'<div class="wide"><table>{head}{"".join(_html_row(row, names, "td") for row in rows)}</table></div>'
            )
        case Code(text):
            return f"<pre>{escape(text)}</pre>"
        case Figure(svg, caption, _):
            return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def _html_row(cells: Sequence[str], names: int, tag: str) -> str:
    classes = (' class="name"' if index < names else "" for index in range(len(cells)))
    return (
        f"<tr>{''.join(f'<{tag}{kind}>{escape(cell)}</{tag}>' for kind, cell in zip(classes, cells, strict=True))}</tr>"
    )
