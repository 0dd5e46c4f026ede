"""Where the digits come from: a folder with MNIST, or the digits that are bundled with scikit-learn."""

from pathlib import Path

from model.csv_table import read_csv_digits
from model.digits import Split, bundled_digits, hold_out_a_fifth
from model.errors import ModelError
from model.idx import read_idx_digits


def load_split(folder: Path | None) -> Split:
    """Return the digits of `folder`, IDX files before CSV files, or scikit-learn's when there is no folder.

    Data that comes with a test set keeps it; of any other a fifth is held out.
    Raises ModelError when the folder holds neither kind of file, or malformed ones.
    """
    if folder is None:
        return hold_out_a_fifth(bundled_digits(), "scikit-learn's bundled digits, scaled to 28 x 28")
    if not folder.is_dir():
        raise ModelError(f"--data {folder}: there is no such folder")
    split = _split_of_idx(folder) or _split_of_csv(folder)
    if split is None:
        raise ModelError(
            f"--data {folder}: the folder holds neither MNIST's IDX files "
            "(train-images-idx3-ubyte and train-labels-idx1-ubyte, plain or .gz) nor a .csv file to train on"
        )
    return split


def _split_of_idx(folder: Path) -> Split | None:
    source = f"the IDX files in {folder}"
    train, held_out = read_idx_digits(folder, "train"), read_idx_digits(folder, "t10k")
    if train is None:
        return None
    return hold_out_a_fifth(train, source) if held_out is None else Split(train, held_out, source)


def _split_of_csv(folder: Path) -> Split | None:
    source = f"the CSV files in {folder}"
    paths = sorted(folder.glob("*.csv"))
    train = [path for path in paths if "test" not in path.stem]
    held_out = [path for path in paths if "test" in path.stem]
    if not train:
        return None
    digits = read_csv_digits(train)
    return Split(digits, read_csv_digits(held_out), source) if held_out else hold_out_a_fifth(digits, source)
