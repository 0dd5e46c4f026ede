"""The control plane against the real Triton, and against small gRPC servers for what Triton does not do here."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from tritonclient.grpc import service_pb2, service_pb2_grpc

from loadgen.errors import ConfigError, ServerError
from loadgen.load.generated import generated_inputs
from loadgen.load.input_data import Inputs
from loadgen.load.model import Model
from loadgen.load.target import Target
from loadgen.load.tensors import TensorSpec
from loadgen.load.tls import Tls
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.triton.control import control_plane
from loadgen.triton.request import encode_infer_request
from tests.certificates import Certificates


class Servicer(service_pb2_grpc.GRPCInferenceServiceServicer):
    """A KServe v2 server without extensions: server and model metadata, and nothing else."""

    extensions = ()

    def ServerMetadata(self, request, context):  # noqa: N802 - the name of the call
        return service_pb2.ServerMetadataResponse(name="stub", extensions=self.extensions)

    def ModelMetadata(self, request, context):  # noqa: N802 - as above
        tensor = service_pb2.ModelMetadataResponse.TensorMetadata
        return service_pb2.ModelMetadataResponse(
            name=request.name,
            inputs=[tensor(name="b", datatype="FP32", shape=[-1, 3]), tensor(name="a", datatype="BYTES", shape=[-1])],
            outputs=[tensor(name="z", datatype="FP32", shape=[-1, 2]), tensor(name="y", datatype="INT64", shape=[-1])],
        )


class TritonLike(Servicer):
    """A server with Triton's extensions; `config` and `statistics` are what it answers."""

    extensions = ("statistics", "model_configuration")
    config = service_pb2.ModelConfigResponse().config
    statistics = ()

    def ModelConfig(self, request, context):  # noqa: N802 - as above
        return service_pb2.ModelConfigResponse(config=self.config)

    def ModelStatistics(self, request, context):  # noqa: N802 - as above
        return service_pb2.ModelStatisticsResponse(model_stats=self.statistics)


@contextmanager
def serving(servicer, *, address="127.0.0.1:0", certificate=None, authority=None, interceptors=()):
    """Serve at an address and yield its url; with a certificate over TLS, with an authority over mutual TLS."""
    server = grpc.server(ThreadPoolExecutor(2), interceptors=interceptors)
    service_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(servicer, server)
    if certificate is None:
        port = server.add_insecure_port(address)
    else:
        pair = Path(certificate).read_bytes()
        trusted = authority and Path(authority).read_bytes()
        credentials = grpc.ssl_server_credentials([(pair, pair)], trusted, require_client_auth=authority is not None)
        port = server.add_secure_port(address, credentials)
    server.start()
    try:
        yield address.replace(":0", f":{port}")
    finally:
        server.stop(None).wait()


def sentence(url, *, model="m", version="", tls=None, deadline_s=10.0, kind=ServerError):
    target = Target(url, model, version, tls=tls)
    with control_plane(target, deadline_s=deadline_s) as control, pytest.raises(kind) as caught:
        control.describe()
    return str(caught.value)


# The real Triton


@pytest.mark.live
def test_a_model_is_described_as_triton_knows_it(triton):
    with control_plane(Target(triton.grpc_url, "mnist-onnx")) as control:
        assert control.describe() == Model(
            name="mnist-onnx",
            max_batch_size=0,
            inputs=(TensorSpec("input.1", "FP32", (1, 1, 28, 28)),),
            outputs=(TensorSpec("predictions", "FP32", (1, 10)),),
        )


@pytest.mark.live
def test_the_batch_dimension_of_a_batching_model_is_not_part_of_its_shapes(triton):
    with control_plane(Target(triton.grpc_url, "mnist-onnx-batch")) as control:
        model = control.describe()
    assert model.max_batch_size == 32
    assert model.inputs[0].shape == (1, 28, 28)


@pytest.mark.live
def test_the_statistics_of_the_version_that_serves_grow_with_each_request(triton):
    target = Target(triton.grpc_url, "mnist-onnx")
    with control_plane(target) as control:
        model = control.describe()
        request = service_pb2.ModelInferRequest.FromString(
            encode_infer_request(target, model, generated_inputs(model, Inputs()))
        )
        before = control.statistics()
        with grpc.insecure_channel(triton.grpc_url) as channel:
            for _ in range(3):
                service_pb2_grpc.GRPCInferenceServiceStub(channel).ModelInfer(request)
        # Triton counts a request shortly after it has answered it.
        grown = next(grown for _ in range(1000) if (grown := control.statistics() - before).success.count >= 3)
    assert (grown.inference_count, grown.execution_count, grown.success.count) == (3, 3, 3)
    assert 0 < grown.compute_infer.total_ns < grown.success.total_ns


@pytest.mark.live
def test_an_unknown_model_is_refused_with_the_names_of_those_that_there_are(triton):
    assert sentence(triton.grpc_url, model="mnist") == (
        f'the server at {triton.grpc_url} does not serve model "mnist": '
        "Request for unknown model: 'mnist' is not found; it serves mnist-onnx, mnist-onnx-batch"
    )


@pytest.mark.live
def test_an_unknown_version_is_refused_with_the_versions_that_there_are(triton):
    text = sentence(triton.grpc_url, model="mnist-onnx", version="7")
    assert text.startswith(f'the server at {triton.grpc_url} does not serve model "mnist-onnx" version 7: ')
    assert text.endswith("; it serves version 1")


@pytest.mark.live
def test_the_http_port_is_recognised(triton):
    wrong = triton.http_url
    assert sentence(wrong) == f"{wrong} speaks HTTP/1.1: give the gRPC port (Triton's default is 8001)"


# Everything that is not there


def test_a_port_on_which_nobody_listens(free_port):
    assert sentence(f"127.0.0.1:{free_port}") == (
        f"cannot reach a server at 127.0.0.1:{free_port} (Connection refused): is it running? -u names another one"
    )


def test_a_host_that_does_not_exist():
    text = sentence("no-such-host.invalid:8001")
    assert text.startswith("cannot reach a server at no-such-host.invalid:8001 (")
    assert text.endswith("is it running? -u names another one")


def test_a_port_that_takes_connections_and_says_nothing(listener, monkeypatch):
    monkeypatch.setattr("loadgen.triton.diagnosis._PATIENCE_S", 0.3)
    url, _ = listener
    text = sentence(url, deadline_s=0.3)
    assert text == f"{url} takes connections but does not answer: is it the gRPC port of an inference server?"


def test_a_port_that_speaks_something_else(listener):
    url, answer = listener
    answer(b"220 mail.example.com ESMTP\r\n")
    assert sentence(url) == f"{url} does not speak gRPC: give the gRPC port (Triton's default is 8001)"


def test_a_grpc_server_of_another_kind():
    server = grpc.server(ThreadPoolExecutor(1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    text = sentence(f"127.0.0.1:{port}")
    server.stop(None).wait()
    assert text.startswith(f"127.0.0.1:{port} speaks gRPC but is no inference server (it lacks the KServe v2 service)")


# TLS


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize(
    ("server", "settings"),
    [
        pytest.param("good", {}, id="a trusted authority"),
        pytest.param("elsewhere", {"server_name": "elsewhere.example"}, id="another name is expected"),
        pytest.param("elsewhere", {"verify_host": False}, id="the name is not checked"),
        pytest.param("self_signed", {"verify_peer": False}, id="nothing is checked"),
    ],
)
def test_a_server_that_speaks_tls(certificates, server, settings):
    with serving(Servicer(), certificate=certificates[server]) as url:
        target = Target(url, "m", tls=Tls(**{"ca_file": certificates.ca} | settings))
        with control_plane(target) as control:
            assert control.describe().name == "m"


def test_a_server_that_wants_our_certificate(certificates):
    ours = Tls(ca_file=certificates.ca, certificate_file=certificates["client"])
    with serving(Servicer(), certificate=certificates["good"], authority=certificates.ca) as url:
        with control_plane(Target(url, "m", tls=ours)) as control:
            assert control.describe().name == "m"
        assert sentence(url, tls=Tls(ca_file=certificates.ca)) == (
            f"{url}: the server hung up: does it speak TLS here, and does it want a client certificate?"
        )


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("elsewhere", "the server's certificate is for another name than '127.0.0.1'"),
        ("expired", "the server's certificate has expired"),
        ("self_signed", "the server's certificate is self-signed, and not among the trusted ones"),
        ("unknown_authority", "the server's certificate comes from an authority that is not trusted"),
    ],
)
def test_a_certificate_that_is_refused(certificates, server, words):
    with serving(Servicer(), certificate=certificates[server]) as url:
        assert sentence(url, tls=Tls(ca_file=certificates.ca)) == f"{url}: {words}"


def test_a_certificate_that_cannot_be_looked_at_because_nobody_listens(free_port):
    url = f"127.0.0.1:{free_port}"
    with pytest.raises(ServerError) as caught:
        control_plane(Target(url, "m", tls=Tls(verify_peer=False)))
    assert str(caught.value) == f"{url}: cannot connect: Connection refused"


def test_one_side_speaks_tls_and_the_other_does_not(certificates):
    with serving(Servicer(), certificate=certificates["good"]) as url:
        assert sentence(url) == f"{url} speaks TLS: ask for it with --ssl-grpc-use-ssl"
    with serving(Servicer()) as url:
        assert sentence(url, tls=Tls()) == (
            f"{url}: the server does not speak TLS on this port, leave --ssl-grpc-use-ssl out"
        )


def test_a_file_that_cannot_be_read_is_named():
    with pytest.raises(ConfigError, match=r"^/nowhere/ca\.pem: cannot read it for TLS: No such file"):
        control_plane(Target("127.0.0.1:1", "m", tls=Tls(ca_file="/nowhere/ca.pem")))


# Other servers


@pytest.mark.parametrize("url", ["unix:{}", "unix://{}"])
def test_a_server_at_a_unix_socket(tmp_path, url):
    path = tmp_path / "triton.sock"
    with serving(Servicer(), address=f"unix:{path}"), control_plane(Target(url.format(path), "m")) as control:
        assert control.describe().name == "m"


def test_the_headers_of_the_target_go_with_every_call():
    class Recorder(grpc.ServerInterceptor):
        def intercept_service(self, continuation, details):
            seen[details.method.rpartition("/")[2]] = dict(details.invocation_metadata).get("x-tenant")
            return continuation(details)

    seen, servicer = {}, TritonLike()
    servicer.statistics = [entry("1", 1)]
    headers = (("X-Tenant", "blue"),)
    with (
        serving(servicer, interceptors=[Recorder()]) as url,
        control_plane(Target(url, "m", headers=headers)) as control,
    ):
        control.describe()
        control.statistics()
    calls = ("ServerMetadata", "ModelMetadata", "ModelConfig", "ModelStatistics")
    assert seen == dict.fromkeys(calls, "blue")


def test_a_decoupled_model_is_described_as_such():
    servicer = TritonLike()
    servicer.config = type(servicer.config)(name="m", model_transaction_policy={"decoupled": True})
    with serving(servicer) as url, control_plane(Target(url, "m")) as control:
        assert control.describe().is_decoupled


def test_a_server_without_triton_extensions_is_described_by_its_metadata_alone():
    with serving(Servicer()) as url, control_plane(Target(url, "m")) as control:
        model = control.describe()
        assert control.statistics() is None
    assert model.max_batch_size == 0
    assert model.inputs == (TensorSpec("a", "BYTES", (-1,)), TensorSpec("b", "FP32", (-1, 3)))
    assert [output.name for output in model.outputs] == ["y", "z"]


def test_a_kind_of_model_that_cannot_be_loaded_yet_is_refused():
    servicer = TritonLike()
    servicer.config = type(servicer.config)(name="m", input=[{"name": "a", "is_shape_tensor": True}])
    with serving(servicer) as url:
        error = 'input "a" of "m" is a shape tensor, which loadgen cannot make yet'
        assert sentence(url, kind=ConfigError) == error


@pytest.mark.parametrize("is_sequence", [True, False])
def test_a_model_that_takes_sequences_is_known_by_its_scheduler(is_sequence):
    servicer = TritonLike()
    servicer.config = type(servicer.config)(name="m", **({"sequence_batching": {}} if is_sequence else {}))
    with serving(servicer) as url, control_plane(Target(url, "m")) as control:
        assert control.describe().is_sequence is is_sequence


def entry(version, count, *, model="m"):
    stats = service_pb2.ModelStatistics(name=model, version=version, inference_count=count, execution_count=count)
    for number, name in enumerate(
        ("success", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit", "cache_miss"), start=1
    ):
        duration = getattr(stats.inference_stats, name)
        duration.count, duration.ns = count, number
    return stats


def test_of_several_versions_the_statistics_are_those_of_the_highest_which_serves():
    servicer = TritonLike()
    servicer.statistics = [entry("9", 90), entry("10", 100), entry("2", 20)]
    with serving(servicer) as url, control_plane(Target(url, "m")) as control:
        assert control.statistics() == ServerStatistics(
            inference_count=100,
            execution_count=100,
            success=Spent(100, 1),
            queue=Spent(100, 2),
            compute_input=Spent(100, 3),
            compute_infer=Spent(100, 4),
            compute_output=Spent(100, 5),
            cache_hit=Spent(100, 6),
            cache_miss=Spent(100, 7),
        )


def test_the_statistics_of_the_models_that_a_model_calls_are_read_with_its_own():
    class Recorder(TritonLike):
        def ModelStatistics(self, request, context):  # noqa: N802 - the name of the call
            assert request.name == ""
            return super().ModelStatistics(request, context)

    servicer = Recorder()
    servicer.statistics = [
        entry("1", 10),
        entry("1", 20, model="a"),
        entry("2", 30, model="a"),
        entry("1", 40, model="b"),
    ]
    called = (("a", ""), ("b", "1"))
    with serving(servicer) as url, control_plane(Target(url, "m", composing_models=called)) as control:
        counters = control.statistics()
    assert counters.inference_count == 10
    assert {model: part.inference_count for model, part in counters.composing.items()} == {
        ("a", "1"): 20,
        ("a", "2"): 30,
        ("b", "1"): 40,
    }


def test_a_server_that_goes_away_before_its_statistics_are_read_is_told_in_a_sentence():
    with serving(TritonLike()) as url:
        control = control_plane(Target(url, "m"))
        control.describe()
    with control, pytest.raises(ServerError, match=f"^the server at {url} no longer tells its statistics: "):
        control.statistics()
