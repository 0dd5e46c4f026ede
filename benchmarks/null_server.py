"""A gRPC server with no model behind it, which weighs the client: `with null_server() as url`.

It answers every inference at once with the same bytes, and says of itself what a client asks before and after it
(metadata, configuration, statistics), so that the whole `loadgen` command can be run against it. The compute time in
its statistics is its own processor time, which shows whether it or the client is the limit.

It knows no more of HTTP/2 (RFC 9113) than the clients of the benchmark need, and drops a connection that needs more.
"""

import asyncio
import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import Struct
from time import process_time_ns
from typing import Any, cast

import uvloop
from hpack import Decoder, Encoder, NeverIndexedHeaderTuple
from tritonclient.grpc import model_config_pb2, service_pb2

from loadgen.errors import ServerError
from loadgen.wire import frames
from loadgen.wire.frames import HEAD, HEAD_LENGTH, UINT32, Flag, Kind, Setting
from loadgen.wire.grpc import framed
from loadgen.wire.headers import WatchedTable

MODEL = "null"
HOST = "127.0.0.1"
_SERVICE = b"/inference.GRPCInferenceService/"
_SHAPE = [1, 1, 28, 28]  # FP32, 3136 bytes: that of the MNIST model

Message = Any
"""A protobuf message; those of tritonclient carry no types."""

Answer = tuple[Callable[[int], bytes], int]
"""Gives the frames of a reply on a stream; and how much of the client's window they take, which is that of DATA."""


def _block(*fields: tuple[str, str]) -> bytes:
    """Return a header block that holds on every connection: nothing of it enters the dynamic table."""
    return Encoder().encode([NeverIndexedHeaderTuple(*field) for field in fields])


_RESPONSE_HEADERS = (":status", "200"), ("content-type", "application/grpc")
_OPENING = _block(*_RESPONSE_HEADERS)
_ENDING = _block(("grpc-status", "0"))
_REFUSAL = _block(*_RESPONSE_HEADERS, ("grpc-status", "12"))
_END = Flag.END_HEADERS | Flag.END_STREAM

# Names of their own for what every request needs, because the members of an enumeration are slow to reach.
_DATA, _HEADERS = int(Kind.DATA), int(Kind.HEADERS)
_unpack_head = HEAD.unpack_from


def answer(message: bytes) -> Answer:
    """Return the frames of a good reply, packed at a stroke, for that is what makes the server quick."""
    body = framed(message)
    head = "IBI"  # as in frames.HEAD
    pack = Struct(f">{head}{len(_OPENING)}s{head}{len(body)}s{head}{len(_ENDING)}s").pack
    opening = (len(_OPENING) << 8 | _HEADERS, int(Flag.END_HEADERS))
    data = (len(body) << 8 | _DATA, 0)
    ending = (len(_ENDING) << 8 | _HEADERS, _END)
    return lambda id_: pack(*opening, id_, _OPENING, *data, id_, body, *ending, id_, _ENDING), len(body)


def _refuse(stream_id: int) -> bytes:
    return frames.frame(Kind.HEADERS, _END, stream_id, _REFUSAL)


_REFUSE: Answer = (_refuse, 0)


class NullModel:
    """What the server says, by path, and how often it was asked for an inference."""

    def __init__(self) -> None:
        self._inferences = 0
        output = service_pb2.ModelInferResponse.InferOutputTensor(name="output", datatype="FP32", shape=[1, 10])
        reply = service_pb2.ModelInferResponse(model_name=MODEL, model_version="1", outputs=[output])
        reply.raw_output_contents.append(bytes(40))
        self.infer_path = _SERVICE + b"ModelInfer"
        self.reply = reply.SerializeToString()
        self._infer = answer(self.reply)
        self._messages: dict[bytes, Callable[[], Message]] = {
            b"ServerMetadata": _server_metadata,
            b"ModelMetadata": _model_metadata,
            b"ModelConfig": _model_config,
            b"ModelStatistics": self._statistics,
        }

    def answer_to(self, path: bytes, _data: bytes, _start: int) -> Answer:
        """Return the answer to a call, UNIMPLEMENTED to one that is not known; count the inferences.

        The last part of the request stands in `data`, from `start` on.
        """
        if path == self.infer_path:
            self._inferences += 1
            return self._infer
        message = self._messages.get(path.removeprefix(_SERVICE))
        return _REFUSE if message is None else answer(message().SerializeToString())

    def _statistics(self) -> Message:
        counted = service_pb2.StatisticDuration(count=self._inferences)
        spent = service_pb2.StatisticDuration(count=self._inferences, ns=process_time_ns())
        statistics = service_pb2.InferStatistics(
            success=spent, queue=counted, compute_input=counted, compute_infer=spent, compute_output=counted
        )
        entry = service_pb2.ModelStatistics(name=MODEL, version="1", inference_stats=statistics)
        entry.inference_count = entry.execution_count = self._inferences
        return service_pb2.ModelStatisticsResponse(model_stats=[entry])


def _server_metadata() -> Message:
    return service_pb2.ServerMetadataResponse(name="null", version="1", extensions=["statistics"])


def _model_metadata() -> Message:
    tensor = service_pb2.ModelMetadataResponse.TensorMetadata
    return service_pb2.ModelMetadataResponse(
        name=MODEL,
        versions=["1"],
        platform="null",
        inputs=[tensor(name="input", datatype="FP32", shape=_SHAPE)],
        outputs=[tensor(name="output", datatype="FP32", shape=[1, 10])],
    )


def _model_config() -> Message:
    return service_pb2.ModelConfigResponse(config=model_config_pb2.ModelConfig(name=MODEL, platform="null"))


class _PathReader:
    """Reads the path in header blocks, which are remembered as long as the dynamic table does not change."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._decoder.header_table = self._table = WatchedTable()
        self._known: dict[bytes, bytes] = {}

    def read(self, block: bytes) -> bytes:
        path = self._known.get(block)
        if path is None:
            before = self._table.insertions, self._table.maxsize
            path = dict(self._decoder.decode(block, raw=True))[b":path"]
            if before != (self._table.insertions, self._table.maxsize):
                self._known.clear()
            else:
                self._known[block] = path
        return path


class NullConnection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, model: NullModel) -> None:
        self._model = model
        self._path_in = _PathReader().read
        self._paths: dict[int, bytes] = {}
        """what is asked on the streams whose request has not ended"""
        self._awaits_preface = True
        self._input = b""
        self._output: list[bytes] = []
        self._receive_window = frames.MAX_WINDOW
        self._send_window = frames.DEFAULT_WINDOW

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open the windows as wide as they go, so that no client waits for one."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit from it
        settings = frames.settings({Setting.INITIAL_WINDOW_SIZE: frames.MAX_WINDOW})
        self._transport.write(settings + frames.window_update(0, frames.MAX_WINDOW - frames.DEFAULT_WINDOW))

    def data_received(self, data: bytes) -> None:
        """Answer every request that has come whole, in one write."""
        data = self._input + data if self._input else data
        try:
            self._input = data[self._take(data) :]
        except NotImplementedError as error:
            print(f"null server: dropped a connection: {error}", file=sys.stderr)
            self._transport.abort()
            return
        if self._output:
            output = b"".join(self._output)
            self._output.clear()
            self._transport.write(output)

    def _take(self, data: bytes) -> int:
        """Take the frames that are whole, and return where the rest begins."""
        position, end = 0, len(data)
        if self._awaits_preface:
            if end < len(frames.PREFACE):
                return 0
            self._awaits_preface, position = False, len(frames.PREFACE)
        while end - position >= HEAD_LENGTH:
            length_and_kind, flags, stream_id = _unpack_head(data, position)
            start = position + HEAD_LENGTH
            frame_end = start + (length_and_kind >> 8)
            if frame_end > end:
                break
            kind, position = length_and_kind & 0xFF, frame_end
            if kind == _DATA:
                self._data(flags, stream_id, data, start, frame_end - start)
            elif kind == _HEADERS:
                self._headers(flags, stream_id, data[start:frame_end])
            else:
                self._control(kind, flags, stream_id, data[start:frame_end])
        return position

    def _headers(self, flags: int, stream_id: int, block: bytes) -> None:
        if flags != Flag.END_HEADERS:
            raise NotImplementedError(f"a HEADERS frame with flags {flags:#x}")
        self._paths[stream_id] = self._path_in(block)

    def _data(self, flags: int, stream_id: int, data: bytes, start: int, size: int) -> None:
        self._receive_window -= size
        if self._receive_window < frames.MAX_WINDOW // 2:
            self._output.append(frames.window_update(0, frames.MAX_WINDOW - self._receive_window))
            self._receive_window = frames.MAX_WINDOW
        if flags & Flag.END_STREAM:
            answer, window = self._model.answer_to(self._paths.pop(stream_id), data, start)
            self._send_window -= window
            if self._send_window < 0:
                raise NotImplementedError("the client has let its window run out")
            self._output.append(answer(stream_id))

    def _control(self, kind: int, flags: int, stream_id: int, payload: bytes) -> None:
        if kind == Kind.WINDOW_UPDATE and stream_id == 0:
            self._send_window += UINT32.unpack(payload)[0]
        elif kind == Kind.SETTINGS and not flags & Flag.ACK:
            self._output.append(frames.frame(Kind.SETTINGS, Flag.ACK, 0))
        elif kind == Kind.PING and not flags & Flag.ACK:
            self._output.append(frames.frame(Kind.PING, Flag.ACK, 0, payload))
        elif kind == Kind.RST_STREAM:
            self._paths.pop(stream_id, None)
        elif kind == Kind.CONTINUATION:
            raise NotImplementedError("a CONTINUATION frame")


@contextmanager
def null_server(module: str = "benchmarks.null_server", *arguments: str) -> Iterator[str]:
    """Run the server of a module in a process of its own, and yield its `host:port`."""
    command = [sys.executable, "-m", module, *arguments]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().decode().strip()
            if not port:
                raise ServerError("the null server did not start")
            yield f"{HOST}:{port}"
        finally:
            process.communicate()  # The end of its standard input is its own, also when this process dies.


async def serve(model: NullModel) -> None:
    """Answer for a model on a free port, which is printed, until the standard input ends."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(lambda: NullConnection(model), HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop.add_reader(sys.stdin, stop.set)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    gc.disable()  # It makes no reference cycles, and must not pause.
    uvloop.run(serve(NullModel()))
