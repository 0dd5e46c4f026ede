"""Large blocks of memory go back to the system when they are freed, also after the first one."""

import subprocess
import sys

import pytest

FREE_ONE_BELOW_ANOTHER = """
import re
from pathlib import Path
from loadgen.cli.memory import give_back_large_blocks

def resident_mib():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

give_back_large_blocks()
before = resident_mib()
first = bytearray(16 * 2**20)
del first  # From now on the C library would keep as much for itself.
column = bytearray(16 * 2**20)
above = bytearray(100_000)
del column
print(resident_mib() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_large_block_goes_back_to_the_system():
    printed = subprocess.run([sys.executable, "-c", FREE_ONE_BELOW_ANOTHER], capture_output=True, text=True, check=True)

    assert float(printed.stdout) < 8
