"""NVIDIA's programs that read what perf_analyzer writes, in their own environment beside this one."""

import sys
from pathlib import Path

import pytest

ENVIRONMENT = Path(sys.prefix) / "consumers"
PROGRAMS = ENVIRONMENT / "bin"

needs_consumers = pytest.mark.skipif(
    not (ENVIRONMENT / "consumers.txt").exists(), reason="Model Analyzer and genai-perf are not installed (make setup)"
)
