import pytest
import torch

from model.augment import jitter
from model.network import DigitClassifier


@pytest.mark.parametrize("batch", [1, 5])
def test_every_image_gets_ten_scores(batch):
    assert DigitClassifier().eval()(torch.zeros(batch, 1, 28, 28)).shape == (batch, 10)


def test_the_layers_are_those_of_the_documentation():
    names = [type(layer).__name__ for layer in DigitClassifier().layers]
    assert " ".join(names) == (
        "Conv2d BatchNorm2d ReLU Conv2d BatchNorm2d ReLU MaxPool2d Dropout Flatten Linear ReLU Dropout Linear"
    )
    weights = [parameter.numel() for parameter in DigitClassifier().parameters()]
    assert weights == [9 * 32, 32, 32, 32, 9 * 32 * 64, 64, 64, 64, 9216 * 128, 128, 128 * 10, 10]


def test_in_evaluation_a_score_does_not_depend_on_the_rest_of_the_batch():
    classifier = DigitClassifier().eval()
    images = torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        torch.testing.assert_close(classifier(images)[2:3], classifier(images[2:3]))


def test_jitter_moves_each_image_by_about_two_pixels_at_most():
    torch.manual_seed(0)
    square = torch.zeros(200, 1, 28, 28)
    square[:, :, 12:16, 12:16] = 1.0
    moved = jitter(square)
    columns = torch.arange(28.0) - 13.5  # from the centre, where the square was
    moved_px = (moved.sum(dim=(1, 2)) * columns).sum(dim=1) / moved.sum(dim=(1, 2, 3))
    assert moved.shape == square.shape
    assert 1.0 < moved_px.max() < 3.0  # turning and scaling add to the shift of two pixels
    assert -3.0 < moved_px.min() < -1.0
    assert moved_px.unique().numel() == 200
