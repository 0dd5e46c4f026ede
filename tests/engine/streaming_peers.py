"""Servers that take messages on streams which stay open, and answer in words."""

from collections.abc import Callable

from loadgen.wire.grpc import call_headers
from loadgen.wire.streaming import StreamReply
from tests.engine.bad_peers import HEADERS, Http2Talk, Peer, Talk, as_it_is

ID_TAG = b"\x1a"  # of the field that is put behind each message
STREAM_HEADERS = call_headers("localhost", "/any.Service/Stream")

StreamScript = Callable[[Http2Talk, int, str], None]
"""What a peer does with one message on a stream, which carries this id."""


def streaming(reply: StreamScript) -> Peer:
    """A server that takes messages on streams that stay open."""

    async def serve(talk: Talk) -> None:
        http = Http2Talk(talk, {}, as_it_is)
        http.send()
        while data := await talk.reader.read(2**16):
            http.receive(data)
            for stream_id, body in http.requests.items():
                for message in messages_in(body):
                    request, _, number = message.rpartition(ID_TAG)
                    http.peer.asked.append(request)
                    reply(http, stream_id, number[1:].decode())
            http.send()

    return Peer(serve)


def messages_in(body: bytearray) -> list[bytes]:
    """Take the whole messages out of what came on a stream."""
    messages = []
    while len(body) >= 5 and len(body) >= (end := 5 + int.from_bytes(body[1:5], "big")):
        messages.append(bytes(body[5:end]))
        del body[:end]
    return messages


def say(http: Http2Talk, stream_id: int, *words: str) -> None:
    """Send messages, after the headers if they are the first on their stream."""
    if not http.h2.streams[stream_id].state_machine.headers_sent:
        http.h2.send_headers(stream_id, HEADERS)
    framed = (b"\x00" + len(word).to_bytes(4, "big") + word.encode() for word in words)
    http.h2.send_data(stream_id, b"".join(framed))


def read_reply(message: bytes) -> StreamReply:
    """Read `7 part`, `7 last`, `7 end` (which is empty) or `7 error`."""
    number, _, word = message.decode().partition(" ")
    return StreamReply(number, word if word == "error" else "", is_final=word != "part", is_empty=word == "end")
