"""The two commands, from a folder of digits to ONNX files that answer like torch."""

import numpy as np
import onnxruntime
import pytest
import torch

from model import export, train
from model.network import DigitClassifier


@pytest.fixture
def data(tmp_path, write_csv, easy_digits):
    folder = tmp_path / "data"
    folder.mkdir()
    write_csv(folder / "digits.csv", *easy_digits)
    return folder


def trained_weights(data, checkpoint):
    assert train.main(["--data", str(data), "--epochs", "1", "--checkpoint", str(checkpoint)]) == 0
    return export.load_classifier(checkpoint).state_dict()


def test_train_then_export_then_onnxruntime_answers_like_torch(tmp_path, data, capsys):
    checkpoint, repository = tmp_path / "digits.ckpt", tmp_path / "repository"
    assert train.main(["--data", str(data), "--epochs", "1", "--checkpoint", str(checkpoint)]) == 0
    assert export.main(["--checkpoint", str(checkpoint), "--repository", str(repository)]) == 0
    printed = capsys.readouterr().out
    assert "Training on 32 digits, 8 are held out" in printed
    assert "Accuracy on the 8 held-out digits: " in printed

    images = np.random.default_rng(1).random((5, 1, 28, 28), dtype=np.float32)
    with torch.inference_mode():
        expected = export.load_classifier(checkpoint)(torch.from_numpy(images)).numpy()
    single = onnxruntime.InferenceSession(repository / "mnist-onnx" / "1" / "model.onnx")
    one_by_one = [single.run(["predictions"], {"input.1": images[i : i + 1]})[0] for i in range(5)]
    batch = onnxruntime.InferenceSession(repository / "mnist-onnx-batch" / "1" / "model.onnx")
    together = batch.run(["predictions"], {"input.1": images})[0]
    np.testing.assert_allclose(np.concatenate(one_by_one), expected, rtol=0, atol=1e-4)
    np.testing.assert_allclose(together, expected, rtol=0, atol=1e-4)


def test_training_again_gives_the_same_weights_and_leaves_one_file(tmp_path, data, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = trained_weights(data, tmp_path / "first.ckpt")
    second = trained_weights(data, tmp_path / "second.ckpt")
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "first.ckpt", "second.ckpt"]


def test_easy_digits_are_learnt(tmp_path, data, capsys):
    assert train.main(["--data", str(data), "--epochs", "6", "--checkpoint", str(tmp_path / "a.ckpt")]) == 0
    assert "Accuracy on the 8 held-out digits: 1.0000" in capsys.readouterr().out


def test_a_file_that_does_not_answer_like_torch_is_not_written(tmp_path, data, monkeypatch, capsys):
    checkpoint, repository = tmp_path / "digits.ckpt", tmp_path / "repository"
    trained_weights(data, checkpoint)
    correct = export.to_onnx
    monkeypatch.setattr(export, "to_onnx", lambda _, batched: correct(DigitClassifier().eval(), batched=batched))
    assert export.main(["--checkpoint", str(checkpoint), "--repository", str(repository)]) == 99
    assert "model.onnx: not written, its scores are " in capsys.readouterr().err
    assert not repository.exists()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--data", "{tmp}"], "model.train: --data {tmp}: the folder holds neither"),
        (["--data", "{tmp}/mnist"], "model.train: --data {tmp}/mnist: there is no such folder\n"),
        (["--epochs", "0"], "model.train: --epochs 0: at least one is needed\n"),
    ],
    ids=["folder without MNIST", "no folder", "no epochs"],
)
def test_train_says_in_one_sentence_why_it_cannot(tmp_path, options, complaint, capsys):
    assert train.main([option.format(tmp=tmp_path) for option in options]) == 99
    error = capsys.readouterr().err
    assert error.startswith(complaint.format(tmp=tmp_path))
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "there is no such file; `python -m model.train` writes one"),
        (b"", "not a checkpoint of this classifier"),
        (b"PK\x03\x04 a torn download", "not a checkpoint of this classifier"),
    ],
    ids=["missing", "empty", "damaged"],
)
def test_export_says_in_one_sentence_why_it_cannot(tmp_path, content, complaint, capsys):
    checkpoint = tmp_path / "digits.ckpt"
    if content is not None:
        checkpoint.write_bytes(content)
    assert export.main(["--checkpoint", str(checkpoint), "--repository", str(tmp_path / "repository")]) == 99
    assert capsys.readouterr().err == f"model.export: --checkpoint {checkpoint}: {complaint}\n"


def test_export_refuses_the_checkpoint_of_another_network(tmp_path, capsys):
    checkpoint = tmp_path / "other.ckpt"
    torch.save({"state_dict": {"weight": torch.zeros(3)}, "pytorch-lightning_version": "2.6.0"}, checkpoint)
    assert export.main(["--checkpoint", str(checkpoint), "--repository", str(tmp_path / "repository")]) == 99
    assert "not a checkpoint of this classifier" in capsys.readouterr().err
