"""Digits a little moved, turned and resized, as other hands would write them: many out of few."""

import math

import torch
from torch import Tensor
from torch.nn import functional

LARGEST_SHIFT = 1 / 14
"""Of the image's side: two of 28 pixels."""
LARGEST_TURN = math.radians(10)
LARGEST_SCALING = 0.1


def jitter(images: Tensor) -> Tensor:
    """Return the images, [batch, 1, side, side], each shifted, turned and scaled at random; what moves in is blank."""
    batch = len(images)
    turn, scale = _symmetric(batch, LARGEST_TURN), 1 + _symmetric(batch, LARGEST_SCALING)
    cosine, sine = scale * turn.cos(), scale * turn.sin()
    # Coordinates run from -1 to 1, so that the side of an image is 2 long.
    right, down = _symmetric(batch, 2 * LARGEST_SHIFT), _symmetric(batch, 2 * LARGEST_SHIFT)
    affine = torch.stack([cosine, -sine, right, sine, cosine, down], dim=1).reshape(batch, 2, 3)
    grid = functional.affine_grid(affine, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def _symmetric(count: int, bound: float) -> Tensor:
    """Return `count` uniform random numbers between -bound and bound."""
    return (2 * torch.rand(count) - 1) * bound
