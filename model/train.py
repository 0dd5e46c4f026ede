"""Train the classifier: `python -m model.train [--data FOLDER]` writes a checkpoint for `python -m model.export`."""

import argparse
import logging
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import pytorch_lightning as lightning
import torch
from torch.utils.data import DataLoader

from model.data import load_split
from model.digits import Digits, Split
from model.errors import FAILURE, ModelError
from model.network import DigitClassifier

CHECKPOINT = Path("model/mnist.ckpt")
SEED = 0
"""For the first weights, the order of the digits and the dropout; the held-out digits have a seed of their own."""


class PrintLoss(lightning.Callback):
    """Prints one line per epoch."""

    def on_train_epoch_end(self, trainer: lightning.Trainer, _module: lightning.LightningModule) -> None:
        """Print the mean loss of the epoch that ends."""
        loss = trainer.callback_metrics["loss"]
        print(f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}: loss {loss:.4f}", flush=True)


def train(split: Split, *, epochs: int, checkpoint: Path) -> float:
    """Train on `split.train`, write the checkpoint, and return the accuracy on `split.held_out`, from 0 to 1."""
    torch.manual_seed(SEED)
    classifier, trainer = DigitClassifier(), _trainer(epochs)
    with warnings.catch_warnings():
        # The digits are in memory: processes that load them would only take the time to start.
        warnings.filterwarnings("ignore", message=".*does not have many workers")
        # Lightning asks torch in an old way whether something is a leaf; that is between the two of them.
        warnings.filterwarnings("ignore", message=".*LeafSpec.* is deprecated", category=FutureWarning)
        trainer.fit(classifier, _batches(split.train, shuffle=True))
        trainer.save_checkpoint(checkpoint)
        metrics = trainer.test(classifier, _batches(split.held_out, shuffle=False), verbose=False)
    return metrics[0]["accuracy"]


def _trainer(epochs: int) -> lightning.Trainer:
    return lightning.Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=epochs,
        deterministic=True,
        callbacks=[PrintLoss()],
        logger=False,
        enable_checkpointing=False,  # the weights after the last epoch are the result, and `train` saves them
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def _batches(digits: Digits, *, shuffle: bool) -> DataLoader:
    return DataLoader(digits.dataset(), batch_size=64, shuffle=shuffle)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, or 99 with one sentence on standard error."""
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)  # it announces the hardware and its own products
    try:
        _run(_parse(argv))
    except (ModelError, OSError) as error:
        print(f"model.train: {error}", file=sys.stderr)
        return FAILURE
    return 0


def _run(options: argparse.Namespace) -> None:
    if options.epochs < 1:
        raise ModelError(f"--epochs {options.epochs}: at least one is needed")
    if options.data is None:
        print("There is no --data FOLDER with MNIST: the digits are those that come with scikit-learn.")
    options.checkpoint.parent.mkdir(parents=True, exist_ok=True)  # where that fails, it does so before the training
    split = load_split(options.data)
    print(f"Training on {len(split.train)} digits, {len(split.held_out)} are held out ({split.source})", flush=True)
    accuracy = train(split, epochs=options.epochs, checkpoint=options.checkpoint)
    print(f"Accuracy on the {len(split.held_out)} held-out digits: {accuracy:.4f}")
    print(f"Wrote {options.checkpoint}")


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m model.train", description="Train the MNIST classifier.")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="MNIST as IDX or CSV files (default: scikit-learn's bundled digits, which need no download)",
    )
    parser.add_argument(
        "--epochs", type=int, default=12, metavar="N", help="passes over the digits (default: %(default)s)"
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        default=CHECKPOINT,
        metavar="FILE",
        help="where the weights go (default: %(default)s)",
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
