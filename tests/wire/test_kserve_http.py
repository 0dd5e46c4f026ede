"""Inference requests as a server sees them (read by h11), and replies as the user is told of them."""

import re

import h11
import pytest

from loadgen.errors import ConfigError
from loadgen.wire.exchange import TIMEOUT, Failure
from loadgen.wire.http1 import Http1Connection, Http1Request
from loadgen.wire.kserve_http import failure_of, infer_request
from tests.wire.http1_peer import REQUEST, H11Server, whole


def as_seen(request: Http1Request) -> tuple[h11.Request, bytes]:
    client = Http1Connection()
    client.start(request)
    return H11Server().take(client.take_output())


def test_the_json_is_followed_by_the_tensors_and_its_length_is_told():
    seen, body = as_seen(infer_request("localhost:8000", "/v2/models/m/infer", b'{"id":""}', b"\0\1\2"))
    headers = dict(seen.headers)
    assert (seen.method, seen.target) == (b"POST", b"/v2/models/m/infer")
    assert body == b'{"id":""}\0\1\2'
    assert headers[b"host"] == b"localhost:8000"
    assert headers[b"inference-header-content-length"] == b"9"
    assert headers[b"content-length"] == b"12"
    assert headers[b"content-type"] == b"application/octet-stream"
    assert headers[b"user-agent"].startswith(b"loadgen/")


def test_a_request_of_json_alone_says_so():
    seen, _ = as_seen(infer_request("localhost:8000", "/", b"{}"))
    assert dict(seen.headers)[b"content-type"] == b"application/json"


def test_the_users_headers_go_along_and_take_the_place_of_ours():
    given = (("X-Token", "a"), ("X-Token", " b"), ("user-agent", "me"), ("Host", "models.example"))
    seen, _ = as_seen(infer_request("localhost:8000", "/", b"{}", headers=given))
    fields = list(seen.headers)
    assert [value for name, value in fields if name == b"x-token"] == [b"a", b"b"]
    assert [value for name, value in fields if name == b"user-agent"] == [b"me"]
    assert [value for name, value in fields if name == b"host"] == [b"models.example"]


@pytest.mark.parametrize("name", ["content-length", "Transfer-Encoding", "INFERENCE-HEADER-CONTENT-LENGTH"])
def test_the_user_does_not_say_how_long_a_request_is(name):
    with pytest.raises(ConfigError, match=re.compile(f"^-H {name}: loadgen itself says how long", re.IGNORECASE)):
        infer_request("localhost:8000", "/", b"{}", headers=((name, "1"),))


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        pytest.param(200, b'{"error":"a tensor of this name"}', None, id="a good reply, whatever is in it"),
        pytest.param(400, b'{"error":"no such input"}', Failure("HTTP 400", "no such input"), id="KServe's error"),
        pytest.param(500, b'{"error":{"code":7}}', Failure("HTTP 500", "{'code': 7}"), id="an error that is no text"),
        pytest.param(404, b'{"detail":"Not found"}', Failure("HTTP 404", '{"detail":"Not found"}'), id="other JSON"),
        pytest.param(502, b"[1]", Failure("HTTP 502", "[1]"), id="JSON that is no object"),
        pytest.param(502, b"<h1>Bad\r\n  gateway\xff</h1>", Failure("HTTP 502", "<h1>Bad gateway�</h1>"), id="a page"),
        pytest.param(503, b"", Failure("HTTP 503", "OK"), id="the reason phrase where there is no body"),
        pytest.param(201, b"", Failure("HTTP 201", "OK"), id="another kind of success is none"),
        pytest.param(500, b"a" * 1000, Failure("HTTP 500", "a" * 200), id="a long text is cut"),
        pytest.param(500, b"[" * 100_000, Failure("HTTP 500", "[" * 200), id="brackets without an end"),
    ],
)
def test_how_a_reply_is_counted(status, body, failure):
    client, server = Http1Connection(), H11Server()
    client.start(REQUEST)
    server.take(client.take_output())
    length = ("Content-Length", str(len(body)))
    (exchange,) = client.receive(server.answer(*whole(length, status=status, body=body)))
    assert failure_of(exchange) == failure


def test_a_request_that_was_given_up_is_counted_for_that_reason():
    client = Http1Connection()
    exchange = client.start(REQUEST)
    client.cancel(exchange, Failure(TIMEOUT, "no reply within 1 s"))
    assert failure_of(exchange) == Failure(TIMEOUT, "no reply within 1 s")
