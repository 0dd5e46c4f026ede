"""A table in plain text."""

from collections.abc import Sequence


def plain_table(titles: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], *, names: Sequence[int]) -> list[str]:
    """Return the lines of a table, `names` being the columns of words, which stand on the left of their column.

    `titles` are one or several rows of titles, with a rule below them.
    """
    widths = [max(map(len, column)) for column in zip(*titles, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        sized = enumerate(zip(cells, widths, strict=True))
        return "  ".join(
            cell.ljust(width) if column in names else cell.rjust(width) for column, (cell, width) in sized
        ).rstrip()

    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    return [*map(line, titles), rule, *map(line, rows)]
