import gzip

import numpy as np
import pytest

from model.errors import ModelError
from model.idx import read_idx, read_idx_digits


@pytest.mark.parametrize(
    ("images_name", "labels_name"),
    [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
        ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte"),
    ],
    ids=["as unpacked", "as published", "with a dot", "one of them packed"],
)
def test_idx_files_become_digits(tmp_path, write_idx, two_digits, images_name, labels_name):
    images, labels = two_digits
    write_idx(tmp_path / images_name, images)
    write_idx(tmp_path / labels_name, labels)
    digits = read_idx_digits(tmp_path, "train")
    assert digits.labels.tolist() == [7, 2]
    assert digits.images.shape == (2, 1, 28, 28)
    assert digits.images[0, 0, 3, 5] == 1.0
    assert digits.images[1, 0, 27, 27] == pytest.approx(0.2)
    assert digits.images.sum() == pytest.approx(1.2)


def test_a_folder_without_the_part_has_no_digits_of_it(tmp_path, write_idx, two_digits):
    write_idx(tmp_path / "t10k-images-idx3-ubyte", two_digits[0])
    assert read_idx_digits(tmp_path, "train") is None


@pytest.mark.parametrize(
    ("present", "missing"),
    [("train-images-idx3-ubyte", "labels"), ("train-labels-idx1-ubyte", "images")],
)
def test_one_file_of_a_pair_is_refused(tmp_path, write_idx, two_digits, present, missing):
    write_idx(tmp_path / present, two_digits[0])
    with pytest.raises(ModelError, match=f"{present}: the {missing} that belong to it are not in the folder"):
        read_idx_digits(tmp_path, "train")


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        pytest.param("a", b"", "starts with 00 00 08", id="empty file"),
        pytest.param("a", b"label,pixel0", "starts with 00 00 08", id="text"),
        pytest.param("a", b"\0\0\x0d\1\0\0\0\0", "starts with 00 00 08", id="floats"),
        pytest.param("a", b"\0\0\x08\3\0\0\0\1", "ends in its header", id="cut in the header"),
        pytest.param("a", b"\0\0\x08\1\0\0\0\3ab", r"2 bytes .* promises 3 .* \[3\]", id="cut in the elements"),
        pytest.param("a", b"\0\0\x08\1\0\0\0\1ab", r"2 bytes .* promises 1 .* \[1\]", id="bytes too many"),
        pytest.param("a", b"\0\0\x08\1\0\0\0\0", "holds no digits", id="no elements"),
        pytest.param("a.gz", b"\0\0\x08\1\0\0\0\1a", "not a complete gzip file", id="named .gz but plain"),
        pytest.param("a.gz", gzip.compress(b"\0\0\x08\1")[:-5], "not a complete gzip file", id="gzip cut short"),
    ],
)
def test_a_malformed_file_is_named_with_what_is_wrong(tmp_path, name, content, complaint):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ModelError, match=complaint) as caught:
        read_idx(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("image_shape", "labels", "complaint"),
    [
        ((2, 8, 8), [7, 2], r"train-images-idx3-ubyte: the shape is \[2, 8, 8\], expected \[count, 28, 28\]"),
        ((2, 28, 28), [7, 2, 1], r"train-labels-idx1-ubyte: the shape is \[3\], but there are 2 images"),
        ((2, 28, 28), [7, 12], "train-labels-idx1-ubyte: the label 12 is not a digit"),
    ],
    ids=["small images", "a label too many", "a label that is no digit"],
)
def test_files_that_are_not_mnist_are_refused(tmp_path, write_idx, image_shape, labels, complaint):
    write_idx(tmp_path / "train-images-idx3-ubyte", np.zeros(image_shape, dtype=np.uint8))
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.array(labels, dtype=np.uint8))
    with pytest.raises(ModelError, match=complaint):
        read_idx_digits(tmp_path, "train")
