"""MNIST as CSV: one digit per line, its label and then its 784 pixels of 0 to 255, row by row."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.digits import SIDE, Digits, digits_from_bytes
from model.errors import ModelError

COLUMNS = 1 + SIDE * SIDE


def read_csv_digits(paths: list[Path]) -> Digits:
    """Return the digits of all files together. Raises ModelError when one of them is malformed or empty."""
    table = np.concatenate([read_csv(path) for path in paths])
    return digits_from_bytes(table[:, 1:], table[:, 0])


def read_csv(path: Path) -> NDArray[np.uint8]:
    """Return the table in a file, uint8 [digits, 785]; a first line that names the columns is skipped.

    Raises ModelError when the file has no digits, other columns, or values that are neither labels nor pixels.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: not a CSV file of numbers") from error
    names_columns = bool(lines) and not lines[0].split(",")[0].strip().isdigit()
    rows = [line for line in lines[names_columns:] if line.strip()]
    if not rows:
        raise ModelError(f"{path}: the file holds no digits")
    try:
        table = np.loadtxt(rows, delimiter=",", dtype=np.uint8, ndmin=2)
    except ValueError as error:
        raise ModelError(f"{path}: not a table of whole numbers from 0 to 255 ({error})") from error
    if table.shape[1] != COLUMNS:
        raise ModelError(f"{path}: {table.shape[1]} columns, expected a label and {COLUMNS - 1} pixels")
    if table[:, 0].max() > 9:
        raise ModelError(f"{path}: the label {table[:, 0].max()} is not a digit")
    return table
