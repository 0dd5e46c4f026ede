"""What the records mean: windows, figures, stability, results. Pure: no sockets, no clock."""
