"""The classifier: two convolutions and two fully connected layers, 1.2 million weights."""

import pytorch_lightning as lightning
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam

from model.augment import jitter


class DigitClassifier(lightning.LightningModule):
    """Grey-scale digits, float32 [batch, 1, 28, 28] with pixels from 0 to 1, to one score per digit, [batch, 10].

    The scores are logits: the largest one is the answer, and `softmax` makes probabilities of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 32, kernel_size=3),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.Conv2d(32, 64, kernel_size=3),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout(0.25),
            nn.Flatten(),
            nn.Linear(9216, 128),  # 64 channels of 12 x 12: each convolution takes 2 off the 28, the pooling halves
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(128, 10),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return the scores, [batch, 10], of images [batch, 1, 28, 28]."""
        return self.layers(images)

    def training_step(self, batch: list[Tensor]) -> Tensor:
        """Return the loss of a batch of images and labels, the images jittered, and log it as `loss`."""
        images, labels = batch
        loss = functional.cross_entropy(self(jitter(images)), labels)
        self.log("loss", loss, on_step=False, on_epoch=True)
        return loss

    def test_step(self, batch: list[Tensor]) -> None:
        """Log the share of a batch that is classified correctly as `accuracy`."""
        images, labels = batch
        correct = self(images).argmax(dim=1) == labels
        self.log("accuracy", correct.float().mean(), batch_size=len(labels))

    def configure_optimizers(self) -> Adam:
        """Return the optimizer of all weights."""
        return Adam(self.parameters(), lr=1e-3)
