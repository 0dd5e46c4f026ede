"""Small MNIST folders, written by hand: the file formats are spelled out here, apart from the code that reads them."""

import gzip
import struct

import numpy as np
import pytest


@pytest.fixture
def two_digits():
    """A 7 with one full pixel in row 3, column 5, and a 2 with one at a fifth of full ink in the last corner."""
    images = np.zeros((2, 28, 28), dtype=np.uint8)
    images[0, 3, 5] = 255
    images[1, 27, 27] = 51
    return images, np.array([7, 2], dtype=np.uint8)


@pytest.fixture
def write_idx():
    def write(path, array):
        header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        content = header + array.tobytes()
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)

    return write


@pytest.fixture
def write_csv():
    def write(path, images, labels, *, header=False):
        lines = [",".join(map(str, [label, *image.ravel()])) for image, label in zip(images, labels, strict=True)]
        names = ["label," + ",".join(f"pixel{index}" for index in range(784))] if header else []
        path.write_text("\n".join(names + lines) + "\n")

    return write


@pytest.fixture
def easy_digits():
    """Forty images of two kinds that anybody can tell apart: a full row near the top (0), near the bottom (1)."""
    images = np.zeros((40, 28, 28), dtype=np.uint8)
    images[0::2, 6] = 255
    images[1::2, 21] = 255
    return images, np.tile(np.array([0, 1], dtype=np.uint8), 20)
