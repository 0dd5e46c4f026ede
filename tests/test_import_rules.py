"""The arrows between the modules of loadgen point downwards, and heavy libraries stay where they are needed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# A part may import the parts below it, and itself; two parts of one layer do not know each other.
LAYERS = (
    {"errors", "units", "version"},
    {"load", "wire"},
    {"measure"},  # a result names the load under which it was measured
    {"net"},
    {"engine", "triton", "report"},
    {"profile", "compare"},
    {"study", "dashboard"},
    {"cli", "running", "sweeping"},
    {"__init__", "__main__"},  # the doors, of the library and of `python -m loadgen`
    {"pytest_plugin"},
)
LAYER_OF = {part: number for number, layer in enumerate(LAYERS) for part in layer}
# Nobody else may import these, neither at the top of a module nor inside a function.
HOMES = {
    "grpc": {"net", "triton", "engine"},
    "tritonclient": {"triton"},
    "onnxruntime": {"triton"},
    "rich": {"report", "dashboard", "cli"},
    "argparse": {"cli"},
    "optuna": {"study"},
    "uvloop": {"engine"},
    "pytest": {"pytest_plugin"},
    "torch": set(),
    "h2": set(),
}
# Pure decisions, so that a test needs neither a server nor a clock.
PURE = {"load", "measure", "wire"}
IMPURE = {"asyncio", "random", "selectors", "socket", "subprocess", "threading", "time"}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in sorted((ROOT / "loadgen").rglob("*.py"))
}


def part_of(module: str) -> str:
    """Return the part of the house a module belongs to: `wire` for `loadgen.wire.frames`."""
    _, *inside = module.split(".")
    return inside[0] if inside else "__init__"


def imports_of(path: Path) -> Iterator[str]:
    """Yield the full names of all modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import hides where the arrow goes"
            if node.module == "loadgen":  # from loadgen import errors
                yield from (f"loadgen.{alias.name}" for alias in node.names)
            else:
                yield str(node.module)


IMPORTS = [(module, imported) for module, path in MODULES.items() for imported in sorted(set(imports_of(path)))]
ARROWS = [(module, imported) for module, imported in IMPORTS if imported.partition(".")[0] == "loadgen"]
HEAVY = [(module, imported) for module, imported in IMPORTS if imported.partition(".")[0] in HOMES]


def may_import(part: str, other: str) -> bool:
    return part == other or LAYER_OF[other] < LAYER_OF[part]


@pytest.mark.parametrize("part", sorted({part_of(module) for module in MODULES}))
def test_every_part_has_a_layer(part: str):
    assert part in LAYER_OF


@pytest.mark.parametrize(("module", "imported"), ARROWS, ids=[f"{module} -> {imported}" for module, imported in ARROWS])
def test_the_arrow_points_down(module: str, imported: str):
    assert may_import(part_of(module), part_of(imported))


@pytest.mark.parametrize(("module", "imported"), HEAVY, ids=[f"{module} -> {imported}" for module, imported in HEAVY])
def test_the_heavy_library_is_at_home(module: str, imported: str):
    assert part_of(module) in HOMES[imported.partition(".")[0]]


@pytest.mark.parametrize("part", sorted(PURE))
def test_pure_parts_know_no_clock_and_no_socket(part: str):
    imported = {name.partition(".")[0] for module, name in IMPORTS if part_of(module) == part}

    assert not imported & IMPURE


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("wire", "measure"),
        ("load", "measure"),
        ("load", "wire"),
        ("errors", "load"),
        ("engine", "triton"),
        ("triton", "engine"),
        ("net", "engine"),
        ("report", "engine"),
        ("engine", "profile"),
        ("profile", "cli"),
        ("cli", "__init__"),
    ],
)
def test_the_rule_forbids(part: str, other: str):
    assert not may_import(part, other)


@pytest.fixture(scope="module")
def loaded_by_the_door() -> set[str]:
    """The names of all modules that `import loadgen` brings in, in an interpreter of its own."""
    script = "import loadgen, sys; print(*sys.modules)"
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    return set(finished.stdout.split())


@pytest.mark.parametrize(
    "library",
    ["grpc", "tritonclient", "google.protobuf", "rich", "argparse", "torch", "uvloop", "numpy", "asyncio", "json"],
)
def test_importing_loadgen_does_not_bring(library: str, loaded_by_the_door: set[str]):
    assert library not in loaded_by_the_door


def test_importing_loadgen_brings_the_door_alone(loaded_by_the_door: set[str]):
    assert {name for name in loaded_by_the_door if name.partition(".")[0] == "loadgen"} == {
        "loadgen",
        "loadgen.version",
    }
