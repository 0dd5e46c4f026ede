"""The hot path: sockets, and the loops that keep them busy."""
