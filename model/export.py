"""Export the trained classifier to ONNX: `python -m model.export` writes both models of the repository.

`mnist-onnx` takes exactly one digit, `mnist-onnx-batch` any number of them; the weights are the same.
"""

import argparse
import io
import pickle
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import onnxruntime
import torch

from model.errors import FAILURE, ModelError
from model.network import DigitClassifier
from model.train import CHECKPOINT

REPOSITORY = Path("model_repository")
INPUT, OUTPUT = "input.1", "predictions"
OPSET = 17
"""Exported as IR version 8: both are old enough for ONNX Runtime 1.19 in NVIDIA's container 24.10."""
TOLERANCE = 1e-4
"""How far a score may be from torch's."""
BATCH_SIZES = {"mnist-onnx": (1,), "mnist-onnx-batch": (1, 2, 7, 32)}
"""The models of the repository, with the numbers of digits for which each is checked."""


def load_classifier(checkpoint: Path) -> DigitClassifier:
    """Return the trained classifier, ready for inference. Raises ModelError when the file is missing or damaged."""
    if not checkpoint.is_file():
        raise ModelError(f"--checkpoint {checkpoint}: there is no such file; `python -m model.train` writes one")
    try:
        return DigitClassifier.load_from_checkpoint(checkpoint, map_location="cpu", weights_only=True).eval()
    except (RuntimeError, KeyError, EOFError, pickle.UnpicklingError) as error:
        raise ModelError(f"--checkpoint {checkpoint}: not a checkpoint of this classifier") from error


def to_onnx(classifier: DigitClassifier, *, batched: bool) -> bytes:
    """Return the ONNX file of a classifier in evaluation mode: batch norm is folded in and dropout is gone.

    The input is float32 [1, 1, 28, 28] and the output [1, 10]; the first dimension is free when `batched`.
    """
    file = io.BytesIO()
    with warnings.catch_warnings():
        # The newer exporter needs one more package, and has nothing to add for a plain stack of layers.
        warnings.filterwarnings("ignore", message=".*legacy TorchScript-based ONNX export", category=DeprecationWarning)
        warnings.filterwarnings("ignore", message="The feature will be removed", category=DeprecationWarning)
        torch.onnx.export(
            classifier,
            (torch.zeros(1, 1, 28, 28),),
            file,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "batch"}, OUTPUT: {0: "batch"}} if batched else None,
            opset_version=OPSET,
            dynamo=False,
        )
    return file.getvalue()


def largest_difference(onnx_file: bytes, classifier: DigitClassifier, batch_sizes: Sequence[int]) -> float:
    """Return how far ONNX Runtime's scores are from torch's at most, for random images (seeded) in each batch size."""
    session = onnxruntime.InferenceSession(onnx_file, providers=["CPUExecutionProvider"])
    differences = []
    for batch_size in batch_sizes:
        images = torch.rand(batch_size, 1, 28, 28, generator=torch.Generator().manual_seed(batch_size))
        (scores,) = session.run([OUTPUT], {INPUT: images.numpy()})
        with torch.inference_mode():
            differences.append((torch.from_numpy(scores) - classifier(images)).abs().max())
    return torch.stack(differences).max().item()  # torch's max lets a NaN through, so that it is seen


def export(classifier: DigitClassifier, repository: Path) -> dict[Path, float]:
    """Write the models of BATCH_SIZES into Triton's layout; return each file's largest difference from torch.

    Raises ModelError, before anything is written, when a model's scores are further than TOLERANCE from torch's.
    """
    files, differences = {}, {}
    for name, batch_sizes in BATCH_SIZES.items():
        path = repository / name / "1" / "model.onnx"
        files[path] = to_onnx(classifier, batched=len(batch_sizes) > 1)
        differences[path] = largest_difference(files[path], classifier, batch_sizes)
        if not differences[path] <= TOLERANCE:  # a NaN is refused, too
            raise ModelError(f"{path}: not written, its scores are {differences[path]:.1e} away from torch's")
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return differences


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, or 99 with one sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m model.export", description="Export the classifier to ONNX.")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        default=CHECKPOINT,
        metavar="FILE",
        help="what model.train wrote (default: %(default)s)",
    )
    parser.add_argument(
        "--repository",
        type=Path,
        default=REPOSITORY,
        metavar="FOLDER",
        help="where the models go (default: %(default)s)",
    )
    options = parser.parse_args(argv)
    try:
        differences = export(load_classifier(options.checkpoint), options.repository)
    except (ModelError, OSError) as error:
        print(f"model.export: {error}", file=sys.stderr)
        return FAILURE
    for path, difference in differences.items():
        print(f"Wrote {path}; its scores are within {difference:.1e} of torch's")
    return 0


if __name__ == "__main__":
    sys.exit(main())
