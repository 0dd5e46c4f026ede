"""HTTP/2 and gRPC as bytes in and events out: no sockets, no clock, no waiting (sans-I/O)."""
