"""MNIST as published: IDX files, plain or gzip'd.

An IDX file is two zero bytes, one byte for the type of the elements (8 is unsigned byte), one for the number of
dimensions, each dimension as a big-endian 32-bit integer, and then the elements, the last dimension running fastest.
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.digits import SIDE, Digits, digits_from_bytes
from model.errors import ModelError


def read_idx_digits(folder: Path, part: str) -> Digits | None:
    """Return the digits of a part of MNIST, "train" or "t10k", or None when the folder does not hold it.

    Raises ModelError when a file is malformed, when only one of the two is there, or when they do not belong together.
    """
    images_path = _find(folder, f"{part}-images", "idx3-ubyte")
    labels_path = _find(folder, f"{part}-labels", "idx1-ubyte")
    if images_path is None and labels_path is None:
        return None
    if images_path is None:
        raise ModelError(f"{labels_path}: the images that belong to it are not in the folder")
    if labels_path is None:
        raise ModelError(f"{images_path}: the labels that belong to it are not in the folder")
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.shape[1:] != (SIDE, SIDE):
        raise ModelError(f"{images_path}: the shape is {list(images.shape)}, expected [count, {SIDE}, {SIDE}]")
    if labels.shape != images.shape[:1]:
        raise ModelError(f"{labels_path}: the shape is {list(labels.shape)}, but there are {len(images)} images")
    if labels.max() > 9:
        raise ModelError(f"{labels_path}: the label {labels.max()} is not a digit")
    return digits_from_bytes(images, labels)


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Return the array in an IDX file of unsigned bytes. Raises ModelError when the file is malformed or empty."""
    content = _read_bytes(path)
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise ModelError(f"{path}: not an IDX file of unsigned bytes, which starts with 00 00 08")
    header_size = 4 + 4 * content[3]
    if len(content) < header_size:
        raise ModelError(f"{path}: the file ends in its header")
    shape = [int(size) for size in np.frombuffer(content[4:header_size], dtype=">u4")]
    present, promised = len(content) - header_size, math.prod(shape)
    if present != promised:
        raise ModelError(f"{path}: {present} bytes follow the header, which promises {promised} with its shape {shape}")
    if not promised:
        raise ModelError(f"{path}: the file holds no digits, its shape is {shape}")
    return np.frombuffer(content, dtype=np.uint8, offset=header_size).reshape(shape)


def _find(folder: Path, name: str, kind: str) -> Path | None:
    """Return the path of a file as published, `name-kind`, or with the dot that some unpacking tools leave."""
    candidates = (folder / f"{name}{separator}{kind}{end}" for separator in "-." for end in ("", ".gz"))
    return next((path for path in candidates if path.is_file()), None)


def _read_bytes(path: Path) -> bytes:
    if path.suffix != ".gz":
        return path.read_bytes()
    try:
        return gzip.decompress(path.read_bytes())
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ModelError(f"{path}: not a complete gzip file ({error})") from error
