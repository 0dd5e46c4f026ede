import pytest

from model.csv_table import read_csv_digits
from model.errors import ModelError

BLANK_PIXELS = ",0" * 784


@pytest.mark.parametrize("header", [False, True], ids=["without a header", "with a header"])
def test_csv_files_become_digits(tmp_path, write_csv, two_digits, header):
    write_csv(tmp_path / "a.csv", *two_digits, header=header)
    digits = read_csv_digits([tmp_path / "a.csv"])
    assert digits.labels.tolist() == [7, 2]
    assert digits.images.shape == (2, 1, 28, 28)
    assert digits.images[0, 0, 3, 5] == 1.0
    assert digits.images[1, 0, 27, 27] == pytest.approx(0.2)
    assert digits.images.sum() == pytest.approx(1.2)


def test_several_files_are_read_one_after_the_other(tmp_path, write_csv, two_digits):
    images, labels = two_digits
    write_csv(tmp_path / "a.csv", images[:1], labels[:1])
    write_csv(tmp_path / "b.csv", images, labels)
    assert read_csv_digits([tmp_path / "a.csv", tmp_path / "b.csv"]).labels.tolist() == [7, 7, 2]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "holds no digits"),
        ("label,pixel0\n", "holds no digits"),
        ("7,0,0\n", "3 columns, expected a label and 784 pixels"),
        (f"7{BLANK_PIXELS}\n2,0\n", "not a table of whole numbers from 0 to 255"),
        (f"7{BLANK_PIXELS}\nseven{BLANK_PIXELS}\n", "not a table of whole numbers from 0 to 255"),
        (f"7{BLANK_PIXELS[:-1]}256\n", "not a table of whole numbers from 0 to 255"),
        (f"7{BLANK_PIXELS[:-1]}-1\n", "not a table of whole numbers from 0 to 255"),
        (f"7{BLANK_PIXELS[:-1]}0.5\n", "not a table of whole numbers from 0 to 255"),
        (f"10{BLANK_PIXELS}\n", "the label 10 is not a digit"),
        ("7,é\n", "not a CSV file of numbers"),
    ],
    ids=[
        "empty file",
        "header alone",
        "pixels missing everywhere",
        "pixels missing in one line",
        "a word",
        "a pixel above 255",
        "a pixel below 0",
        "a fraction",
        "a label that is no digit",
        "text that is not ASCII",
    ],
)
def test_a_malformed_file_is_named_with_what_is_wrong(tmp_path, content, complaint):
    path = tmp_path / "digits.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=complaint) as caught:
        read_csv_digits([path])
    assert str(caught.value).startswith(f"{path}: ")
