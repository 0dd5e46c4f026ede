"""When requests reached a server of this machine, by the clock of the kernel: `with Capture(packets) as capture`.

A server can only say when it awoke and read a request, and then finds two at once that came 0.1 ms apart. The kernel
knows when each packet came, and writes that into a ring of memory which nobody reads before the end (PACKET_RX_RING of
packet(7), with version 2 of its headers). So any server will do, and the clock takes no time of a core.

Linux only. It needs the right to capture packets (CAP_NET_RAW), and raises PermissionError without.
"""

import mmap
import socket
import struct
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from loadgen.units import NS_PER_S

# From <linux/if_packet.h> and <linux/if_ether.h>.
_SOL_PACKET, _RX_RING, _STATISTICS, _VERSION = 263, 5, 6, 10
_TPACKET_V2, _IPV4 = 1, 0x0800

_BLOCK, _FRAME = 1 << 20, 128
# What of a frame is read: of struct tpacket2_hdr and, from 80 on, of the headers of IPv4, without options, and TCP.
_FIELDS = {
    "status": (0, "u4"),
    "s": (16, "u4"),
    "ns": (20, "u4"),
    "length": (82, ">u2"),
    "port": (102, ">u2"),
    "header_words": (112, "u1"),
}
_PACKET = np.dtype(
    {
        "names": list(_FIELDS),
        "offsets": [offset for offset, _ in _FIELDS.values()],
        "formats": [form for _, form in _FIELDS.values()],
        "itemsize": _FRAME,
    }
)
_IPV4_HEADER = 20


class Capture:
    """What was sent over the loopback interface while the block lasted, of `packets` packets at most."""

    def __init__(self, packets: int) -> None:
        self._blocks = -(-packets * _FRAME // _BLOCK)
        self._packets = np.empty(0, _PACKET)

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        size = self._blocks * _BLOCK
        self._socket.setsockopt(_SOL_PACKET, _VERSION, _TPACKET_V2)
        self._socket.setsockopt(_SOL_PACKET, _RX_RING, struct.pack("4I", _BLOCK, self._blocks, _FRAME, size // _FRAME))
        self._ring = mmap.mmap(self._socket.fileno(), size)
        self._socket.bind(("lo", _IPV4))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _, lost = struct.unpack("2I", self._socket.getsockopt(_SOL_PACKET, _STATISTICS, 8))
        packets = np.frombuffer(self._ring[:], _PACKET)
        self._packets = packets[packets["status"] != 0]
        self._ring.close()
        self._socket.close()
        if lost and error is None:
            raise BufferError(f"{lost} packets were not captured: there were more than {len(self._packets)}")

    def requests_ns(self, port: int, input_size: int) -> NDArray[np.int64]:
        """Return when each request came to a port of 127.0.0.1 (CLOCK_REALTIME, in ns; int64, shape [requests]).

        A packet brings as many requests as times it holds the bytes of the input. One whose input is split between two
        packets is not found.
        """
        packets = self._packets[self._packets["port"] == port]
        headers = _IPV4_HEADER + (packets["header_words"] >> 4).astype(np.int64) * 4
        requests = (packets["length"] - headers) // input_size
        return np.repeat(packets["s"].astype(np.int64) * NS_PER_S + packets["ns"], requests)
