"""What the load and the questions beside it need alike to reach a server: sockets, TLS, gRPC channels."""
