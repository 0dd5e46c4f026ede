"""What to send, and when. Pure: no sockets, no clock."""
