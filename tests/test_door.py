"""What `import loadgen` offers."""

import ast
import dataclasses
from pathlib import Path

import pytest

import loadgen


def test_all_that_is_offered_is_there_in_alphabetical_order():
    assert loadgen.__all__ == sorted(loadgen.__all__)
    assert [name for name in loadgen.__all__ if not hasattr(loadgen, name)] == []


def test_a_name_is_imported_once():
    assert loadgen.Target is loadgen.Target
    assert "Target" in vars(loadgen)


def test_type_checkers_see_exactly_what_is_offered():
    (guarded,) = [node for node in ast.parse(Path(loadgen.__file__).read_text()).body if isinstance(node, ast.If)]
    imports = [alias for node in guarded.body if isinstance(node, ast.ImportFrom) for alias in node.names]

    assert sorted([alias.asname or alias.name for alias in imports] + ["__version__"]) == loadgen.__all__


@pytest.mark.parametrize("name", sorted({*loadgen.__all__} - {"TritonServer", "serve"}))
def test_values_are_frozen(name: str):
    offered = getattr(loadgen, name)
    assert not dataclasses.is_dataclass(offered) or offered.__dataclass_params__.frozen


def test_a_misspelled_option_is_named():
    target = loadgen.Target("localhost:1", "digits")
    with pytest.raises(TypeError, match="'window'"):
        loadgen.run(target, loadgen.Concurrency(1), window=loadgen.Windows())


def test_serve_is_the_embedded_triton():
    assert loadgen.serve is loadgen.TritonServer


def test_a_name_that_is_not_there_is_named():
    with pytest.raises(AttributeError, match="module 'loadgen' has no attribute 'serv'"):
        _ = loadgen.serv


def test_at_least_one_request_is_in_flight():
    with pytest.raises(loadgen.ConfigError, match=r"Concurrency\(0\): at least one"):
        loadgen.Concurrency(0)


@pytest.mark.parametrize("url", ["localhost", "http://localhost:8001", "localhost:", ":8001", "localhost:70000"])
def test_a_url_that_is_not_host_and_port_is_refused(url: str):
    with pytest.raises(loadgen.ConfigError, match="give HOST:PORT"):
        loadgen.Target(url, "digits")


def test_an_ipv6_address_stands_in_brackets():
    target = loadgen.Target("[::1]:8001", "digits")
    assert (target.endpoint.host, target.endpoint.port) == ("::1", 8001)
