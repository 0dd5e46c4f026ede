"""What a region of shared memory holds, and where."""

from loadgen.load.model import Model
from loadgen.load.region import Region
from loadgen.load.tensors import TensorSpec

OUTPUTS = (
    TensorSpec("scores", "FP16", (3, 5)),
    TensorSpec("text", "BYTES", (1,)),
    TensorSpec("any", "INT64", (-1,)),
    TensorSpec("new", "FP8", (4,)),
)


def place(offset: int, byte_size: int) -> dict[str, str | int]:
    return {
        "shared_memory_region": "ours",
        "shared_memory_offset": offset,
        "shared_memory_byte_size": byte_size,
    }


def test_outputs_have_room_for_each_element_of_a_batch():
    region = Region("ours", Model("m", 8, (), OUTPUTS), batch_size=2, output_size=100)
    assert region.output("scores") == place(0, 2 * 3 * 5 * 2)
    assert region.output("text") == place(64, 200), "strings: their size is not known"
    assert region.output("any") == place(64 + 256, 200), "a dynamic dimension"
    assert region.output("new") == place(64 + 256 + 256, 200), "a datatype that we do not know"
    assert (region.byte_size, region.tensors) == (64 + 3 * 256, [])


def test_inputs_lie_behind_each_other_as_they_come():
    region = Region("ours", Model("m", 0, (), ()), batch_size=1, output_size=0)
    assert [region.put(b"a" * 3), region.put(b"b" * 64), region.put(b"c")] == [
        place(0, 3),
        place(64, 64),
        place(128, 1),
    ]
    assert region.tensors == [(0, b"aaa"), (64, b"b" * 64), (128, b"c")]
    assert region.byte_size == 192
