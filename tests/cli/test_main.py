import re
import subprocess
import sys
from pathlib import Path

import pytest

from loadgen.cli.main import main
from loadgen.cli.refused import LONG
from loadgen.cli.table import OPTIONS, TABLE
from loadgen.version import __version__


def test_help_tells_every_option_the_verbs_and_the_exit_codes(capsys):
    assert main(["--help"]) == 0
    out, err = capsys.readouterr()
    for group, options in TABLE.items():
        assert f"\n{group}:\n" in out
        for option in options:
            assert re.search(rf"^  {re.escape(option.names)}( |$)", out, re.MULTILINE)
    assert re.search(r"loadgen serve .*\n.*loadgen compare", out)
    assert "\nexit codes:\n  0 " in out
    assert err == ""


def test_help_tells_what_is_refused(capsys):
    main(["--help"])
    text = capsys.readouterr().out
    for name in LONG:
        assert f"--{name.removesuffix('=')}" in text


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_the_help_of_an_option_says_what_holds_without_it(name):
    if name not in ("-h", "--help", "--version"):
        assert re.search(r"\(default: .+\)$|; required$|^deprecated: ", OPTIONS[name].help), name


def test_help_names_the_default_of_every_option_that_has_one(capsys):
    main(["-h"])
    text = capsys.readouterr().out
    for default in ("localhost:8001", "localhost:8000", "binary", "no limit", "5000", "10", "-1"):
        assert f"default: {default})" in " ".join(text.split())


def test_help_fits_into_a_narrow_terminal(capsys):
    main(["--help"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


@pytest.mark.parametrize("arguments", [["--version"], ["--vers"], ["-m", "m", "--version"]])
def test_version(arguments, capsys):
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"loadgen {__version__}\n"


def test_an_error_is_one_sentence_on_stderr(capsys):
    assert main(["-m", "m", "-b", "0"]) == 99
    assert capsys.readouterr() == ("", "loadgen: -b 0: give a whole number of at least 1\n")


@pytest.mark.parametrize("verb", ["serve", "compare", "perf-analyzer"])
def test_a_verb_has_a_help_of_its_own(verb, capsys):
    try:
        code = main([verb, "--help"])
    except SystemExit as leaving:
        code = leaving.code
    assert code == 0
    assert f"loadgen {verb}" in capsys.readouterr().out


def test_a_wrong_option_does_not_wait_for_numpy_grpc_and_the_verbs():
    heavy = "{'grpc', 'tritonclient', 'rich', 'uvloop', 'loadgen.cli.serve', 'loadgen.cli.compare'} & set(sys.modules)"
    code = f"import sys; from loadgen.cli.main import main; main(['-m', 'm', '-b', '0']); sys.exit(str({heavy} or ''))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stderr == "loadgen: -b 0: give a whole number of at least 1\n\n"


def test_the_installed_command_and_the_module_are_the_same():
    for command in ([Path(sys.executable).parent / "loadgen"], [sys.executable, "-m", "loadgen"]):
        run = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
        assert (run.returncode, run.stdout, run.stderr) == (0, f"loadgen {__version__}\n", "")


def test_help_into_a_closed_pipe_is_quiet():
    run = subprocess.run(
        f"{sys.executable} -m loadgen --help | true", shell=True, capture_output=True, text=True, check=False
    )
    assert (run.stdout, run.stderr) == ("", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here that is always full")
def test_output_that_cannot_be_written_is_an_error():
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "loadgen", "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert run.returncode == 99
    assert run.stderr == "loadgen: cannot write to the standard output: No space left on device\n"
