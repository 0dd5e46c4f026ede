import numpy as np
import pytest
import torch

from model.data import load_split
from model.digits import bundled_digits
from model.errors import ModelError


def test_mnist_keeps_its_own_test_set(tmp_path, write_idx, two_digits):
    images, labels = two_digits
    write_idx(tmp_path / "train-images-idx3-ubyte", images)
    write_idx(tmp_path / "train-labels-idx1-ubyte", labels)
    write_idx(tmp_path / "t10k-images-idx3-ubyte", images[1:])
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", labels[1:])
    split = load_split(tmp_path)
    assert split.train.labels.tolist() == [7, 2]
    assert split.held_out.labels.tolist() == [2]


def test_csv_files_named_test_are_held_out(tmp_path, write_csv, two_digits):
    images, labels = two_digits
    write_csv(tmp_path / "mnist_train.csv", images, labels)
    write_csv(tmp_path / "mnist_test.csv", images[1:], labels[1:])
    split = load_split(tmp_path)
    assert split.train.labels.tolist() == [7, 2]
    assert split.held_out.labels.tolist() == [2]


def test_idx_files_go_before_csv_files(tmp_path, write_idx, write_csv, two_digits, easy_digits):
    write_idx(tmp_path / "train-images-idx3-ubyte", two_digits[0])
    write_idx(tmp_path / "train-labels-idx1-ubyte", two_digits[1])
    write_csv(tmp_path / "digits.csv", *easy_digits)
    split = load_split(tmp_path)
    assert sorted(split.train.labels.tolist() + split.held_out.labels.tolist()) == [2, 7]


def test_without_a_test_set_a_fifth_is_held_out_every_digit_once(tmp_path, write_csv):
    numbered = np.zeros((10, 28, 28), dtype=np.uint8)
    numbered[:, 0, 0] = range(10)
    write_csv(tmp_path / "digits.csv", numbered, range(10))
    split, again = load_split(tmp_path), load_split(tmp_path)
    assert len(split.held_out) == 2
    assert sorted(split.train.labels.tolist() + split.held_out.labels.tolist()) == list(range(10))
    assert torch.equal((split.train.images[:, 0, 0, 0] * 255).round().long(), split.train.labels)
    assert split.held_out.labels.tolist() == again.held_out.labels.tolist()


def test_the_bundled_digits_fill_28_by_28_pixels_from_0_to_1():
    digits = bundled_digits()
    assert digits.images.shape == (1797, 1, 28, 28)
    assert digits.images.dtype == torch.float32
    assert digits.images.min() == 0.0
    assert digits.images.max() == 1.0
    assert digits.labels[:10].tolist() == list(range(10))


def test_without_a_folder_the_bundled_digits_are_split():
    split = load_split(None)
    assert (len(split.train), len(split.held_out)) == (1438, 359)
    assert "scikit-learn" in split.source


def test_a_folder_without_mnist_is_refused(tmp_path):
    (tmp_path / "readme.txt").write_text("nothing here")
    with pytest.raises(
        ModelError, match=f"^--data {tmp_path}: the folder holds neither MNIST's IDX files .* nor a .csv"
    ):
        load_split(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ModelError, match=f"^--data {tmp_path}/mnist: there is no such folder$"):
        load_split(tmp_path / "mnist")


def test_a_single_digit_cannot_be_split(tmp_path, write_csv, two_digits):
    images, labels = two_digits
    write_csv(tmp_path / "digits.csv", images[:1], labels[:1])
    with pytest.raises(ModelError, match="one digit is too few"):
        load_split(tmp_path)
