"""The control plane over HTTP against the real Triton, and against small servers for what Triton does not do here."""

import json
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from loadgen.errors import ConfigError, ServerError
from loadgen.load.model import Model
from loadgen.load.target import Target
from loadgen.load.tensors import TensorSpec
from loadgen.load.tls import Tls
from loadgen.measure.server_statistics import Spent
from loadgen.triton.control import control_plane
from tests.certificates import Certificates

METADATA = {
    "name": "m",
    "inputs": [
        {"name": "b", "datatype": "FP32", "shape": [-1, 3]},
        {"name": "a", "datatype": "BYTES", "shape": [-1]},
    ],
    "outputs": [{"name": "z", "datatype": "FP32", "shape": [-1, 2]}],
}


class Handler(BaseHTTPRequestHandler):
    """Answers every path of `replies`, JSON values or (status, text), and writes down what was asked."""

    def do_GET(self):
        length = int(self.headers.get("Content-Length", 0))
        self.server.asked.append((self.command, self.path, self.headers, self.rfile.read(length)))
        reply = self.server.replies.get(self.path, (404, "Not Found"))
        status, text = reply if isinstance(reply, tuple) else (200, json.dumps(reply))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_GET  # noqa: N815 - http.server looks for these names

    def log_message(self, *_):
        """Print nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, replies):
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies = replies
        self.asked = []
        self.url = f"127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """Say nothing of clients that hang up, as those do who do not trust us."""


@contextmanager
def serving(replies, *, certificate=None):
    with Server({"/v2": {"extensions": []}, **replies}) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def http(url, model="m", version="", **options):
    return control_plane(Target(url, model, version, protocol="http", **options), deadline_s=10.0)


def sentence(url, *, model="m", version="", deadline_s=10.0, kind=ServerError, **options):
    target = Target(url, model, version, protocol="http", **options)
    with control_plane(target, deadline_s=deadline_s) as control, pytest.raises(kind) as caught:
        control.describe()
    return str(caught.value)


# The real Triton


@pytest.mark.live
@pytest.mark.parametrize("model", ["mnist-onnx", "mnist-onnx-batch"])
def test_triton_says_the_same_as_over_grpc(triton, model):
    with (
        control_plane(Target(triton.grpc_url, model)) as over_grpc,
        control_plane(Target(triton.http_url, model, protocol="http")) as over_http,
    ):
        assert over_http.describe() == over_grpc.describe()
        # Triton counts a request shortly after it has answered it, so one of an earlier test may come between the two.
        assert any(over_http.statistics() == over_grpc.statistics() for _ in range(100))


@pytest.mark.live
def test_an_unknown_model_is_refused_with_the_names_of_those_that_there_are(triton):
    assert sentence(triton.http_url, model="mnist") == (
        f'the server at {triton.http_url} does not serve model "mnist": '
        "Request for unknown model: 'mnist' is not found; it serves mnist-onnx, mnist-onnx-batch"
    )


@pytest.mark.live
def test_an_unknown_version_is_refused_with_the_versions_that_there_are(triton):
    text = sentence(triton.http_url, model="mnist-onnx", version="7")
    assert text.startswith(f'the server at {triton.http_url} does not serve model "mnist-onnx" version 7: ')
    assert text.endswith("; it serves version 1")


@pytest.mark.live
def test_the_grpc_port_is_recognised(triton):
    wrong = triton.grpc_url
    assert sentence(wrong) == (
        f"{wrong} speaks HTTP/2, as gRPC does: give the HTTP port (Triton's default is 8000), or -i grpc"
    )


@pytest.mark.live
def test_triton_does_not_speak_tls(triton):
    text = sentence(f"https://{triton.http_url}")
    assert text.startswith(f"no TLS connection to https://{triton.http_url}: ")


# Other servers


def test_a_server_without_triton_extensions_is_described_by_its_metadata_alone():
    with serving({"/v2/models/m": METADATA}) as server, http(server.url) as control:
        assert control.describe() == Model(
            name="m",
            max_batch_size=0,
            inputs=(TensorSpec("a", "BYTES", (-1,)), TensorSpec("b", "FP32", (-1, 3))),
            outputs=(TensorSpec("z", "FP32", (-1, 2)),),
        )
        assert control.statistics() is None


def test_every_question_goes_below_the_prefix_to_the_version_with_the_users_headers():
    statistics = {"model_stats": [{"name": "m", "version": "3"}]}
    replies = {
        "/a/v2": {"extensions": ["statistics"]},
        "/a/v2/models/m/versions/3": METADATA,
        "/a/v2/models/m/versions/3/config": {"max_batch_size": 4},
        "/a/v2/models/m/versions/3/stats": statistics,
    }
    headers = (("X-Token", "secret"), ("Host", "models.example"))
    with serving(replies) as server, http(f"{server.url}/a", version="3", headers=headers) as control:
        assert control.describe().max_batch_size == 4
        control.statistics()
    assert [path for _, path, _, _ in server.asked] == list(replies)
    assert {asked["X-Token"] for _, _, asked, _ in server.asked} == {"secret"}
    assert [asked.get_all("Host") for _, _, asked, _ in server.asked] == [["models.example"]] * 4


def test_of_several_versions_the_statistics_are_those_of_the_highest_which_serves():
    entries = [
        {"name": "m", "version": version, "inference_count": count, "inference_stats": {"queue": {"count": 1, "ns": 2}}}
        for version, count in (("9", 90), ("10", 100), ("2", 20))
    ]
    replies = {"/v2": {"extensions": ["statistics"]}, "/v2/models/m/stats": {"model_stats": entries, "later": "field"}}
    with serving(replies) as server, http(server.url) as control:
        counters = control.statistics()
    assert (counters.inference_count, counters.queue) == (100, Spent(1, 2))


def test_a_kind_of_model_that_cannot_be_loaded_yet_is_refused():
    config = {"input": [{"name": "a", "is_shape_tensor": True}]}
    with serving({"/v2/models/m": METADATA, "/v2/models/m/config": config}) as server:
        assert "is a shape tensor" in sentence(server.url, kind=ConfigError)


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        pytest.param(
            {"/v2": (404, "no page")},
            "{url} speaks HTTP but is no inference server (it lacks /v2 of KServe v2): no page",
            id="a server of another kind",
        ),
        pytest.param(
            {"/v2": (401, '{"error":"no token"}')},
            "the server at {url} refuses to talk to us: no token",
            id="a server that knows us not",
        ),
        pytest.param(
            {"/v2": (503, "")},
            "the server at {url} refuses to talk to us: HTTP status 503",
            id="a server without words",
        ),
        pytest.param(
            {"/v2": (200, "<html>")},
            "{url} is no inference server: its /v2 is not that of KServe v2",
            id="a page instead of JSON",
        ),
        pytest.param(
            {"/v2": ["extensions"]}, "{url} is no inference server: its /v2 is not that of KServe v2", id="other JSON"
        ),
        pytest.param(
            {}, 'the server at {url} does not serve model "m": Not Found', id="no such model, and no list of models"
        ),
        pytest.param(
            {"/v2/repository/index": [{"name": "x"}, {"name": "a", "version": "1"}]},
            'the server at {url} does not serve model "m": Not Found; it serves a, x',
            id="no such model, but others",
        ),
        pytest.param(
            {"/v2/repository/index": {"models": 3}},
            'the server at {url} does not serve model "m": Not Found',
            id="no such model, and an odd list",
        ),
        pytest.param(
            {"/v2/models/m": METADATA, "/v2/models/m/config": (500, '{"error":"broken"}')},
            'the server at {url} does not serve model "m": broken',
            id="a configuration that is not told",
        ),
    ],
)
def test_a_server_that_cannot_be_used_is_told_of_in_one_sentence(replies, words):
    with serving(replies) as server:
        assert sentence(server.url) == words.format(url=server.url)


def test_the_list_of_models_is_asked_for_those_that_are_ready():
    with serving({"/v2/repository/index": []}) as server:
        sentence(server.url)
    assert [(method, path, body) for method, path, _, body in server.asked][-1] == (
        "POST",
        "/v2/repository/index",
        b'{"ready":true}',
    )


def test_a_server_that_goes_away_before_its_statistics_are_read_is_told_in_a_sentence():
    with (
        serving({"/v2": {"extensions": ["statistics"]}, "/v2/models/m": METADATA}) as server,
        http(server.url) as control,
    ):
        control.describe()
        with pytest.raises(
            ServerError, match=f"^the server at {server.url} no longer tells its statistics: Not Found$"
        ):
            control.statistics()
        server.replies["/v2/models/m/stats"] = {"model_stats": []}
        with pytest.raises(ServerError, match=f'^the server at {server.url} has no statistics of model "m"$'):
            control.statistics()


# Everything that is not there


def test_a_port_on_which_nobody_listens(free_port):
    assert sentence(f"127.0.0.1:{free_port}") == (
        f"cannot reach a server at 127.0.0.1:{free_port} (Connection refused): is it running? -u names another one"
    )


def test_a_host_that_does_not_exist():
    text = sentence("http://no-such-host.invalid/a")
    assert text.startswith("cannot reach a server at http://no-such-host.invalid/a (")


def test_a_host_that_cannot_exist():
    assert "(this is no name of a host)" in sentence("a" * 70)


def test_a_port_that_takes_connections_and_says_nothing(listener):
    url, _ = listener
    text = sentence(url, deadline_s=0.3)
    assert text == f"{url} takes connections but does not answer: is it the HTTP port of an inference server?"


def test_a_port_that_speaks_something_else(listener):
    url, answer = listener
    answer(b"220 mail.example.com ESMTP\r\n")
    assert sentence(url) == f"{url} does not speak HTTP/1.1: give the HTTP port (Triton's default is 8000)"


# TLS


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def test_a_server_over_tls_is_described(certificates):
    with serving({"/v2/models/m": METADATA}, certificate=certificates["good"]) as server:
        assert http(f"https://{server.url}", tls=Tls(ca_file=certificates.ca)).describe().name == "m"


def test_a_server_over_tls_by_another_name(certificates):
    tls = Tls(ca_file=certificates.ca, server_name="elsewhere.example")
    with serving({"/v2/models/m": METADATA}, certificate=certificates["elsewhere"]) as server:
        assert http(f"https://{server.url}", tls=tls).describe().name == "m"


def test_a_port_that_speaks_tls_is_recognised(certificates):
    with serving({}, certificate=certificates["good"]) as server:
        assert sentence(server.url) == f"{server.url} speaks TLS: write https:// before it"


@pytest.mark.parametrize(
    ("name", "words"), [("elsewhere", "for another name"), ("expired", "has expired"), ("self_signed", "self-signed")]
)
def test_a_certificate_that_proves_nothing_is_refused(certificates, name, words):
    with serving({}, certificate=certificates[name]) as server:
        text = sentence(f"https://{server.url}", tls=Tls(ca_file=certificates.ca))
    assert text.startswith(f"no TLS connection to https://{server.url}: ")
    assert words in text
