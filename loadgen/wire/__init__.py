"""HTTP/2, gRPC and HTTP/1.1 as bytes in and events out: no sockets, no clock, no waiting (sans-I/O)."""
