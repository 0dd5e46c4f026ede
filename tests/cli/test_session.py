import os
import signal

import pytest
from conftest_of_cli import level  # placeholder

from loadgen.cli.main import main
