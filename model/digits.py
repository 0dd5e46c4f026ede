"""Labelled digits in memory, and how some of them are held out of training."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn import functional
from torch.utils.data import TensorDataset

from model.errors import ModelError

HELD_OUT_SEED = 0
SIDE = 28
"""Pixels of an image in each direction."""


@dataclass(frozen=True)
class Digits:
    """Images, float32 [count, 1, 28, 28] with pixels from 0 to 1, and their labels 0 to 9, int64 [count]."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, chosen: Tensor) -> "Digits":
        """Return the digits at the indices `chosen`, int64 [count]."""
        return Digits(self.images[chosen], self.labels[chosen])

    def dataset(self) -> TensorDataset:
        """Return the pairs of image and label in the form that a DataLoader takes."""
        return TensorDataset(self.images, self.labels)


@dataclass(frozen=True)
class Split:
    """The digits to learn from and those to be judged by; `source` says in words where they come from."""

    train: Digits
    held_out: Digits
    source: str


def digits_from_bytes(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Digits:
    """Return MNIST's bytes as digits: `images` is [count, 28, 28] with 255 for full ink, `labels` is [count]."""
    pixels = torch.from_numpy(images.astype(np.float32) / 255).reshape(-1, 1, SIDE, SIDE)
    return Digits(pixels, torch.from_numpy(labels.astype(np.int64)))


def bundled_digits() -> Digits:
    """Return the 1797 digits that come with scikit-learn, 8 x 8 pixels of 0 to 16, scaled to 28 x 28."""
    bundled = load_digits()
    small = torch.from_numpy(bundled.images.astype(np.float32) / 16).unsqueeze(1)
    large = functional.interpolate(small, size=(SIDE, SIDE), mode="bilinear")
    return Digits(large, torch.from_numpy(bundled.target.astype(np.int64)))


def hold_out_a_fifth(digits: Digits, source: str) -> Split:
    """Split at random, yet the same way every time, for data that has no test set of its own.

    Raises ModelError when there are too few digits to split.
    """
    if len(digits) < 2:
        raise ModelError(f"{source}: one digit is too few to train on some and hold out others")
    shuffled = torch.from_numpy(np.random.default_rng(HELD_OUT_SEED).permutation(len(digits)))
    held_out_count = max(1, len(digits) // 5)
    return Split(digits[shuffled[held_out_count:]], digits[shuffled[:held_out_count]], source)
