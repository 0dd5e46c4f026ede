"""The control plane of a Triton server, and an embedded one."""
