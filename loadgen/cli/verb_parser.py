"""The argument parser of the verbs, whose mistakes are loadgen's own errors."""

import argparse
from typing import NoReturn

from loadgen.errors import ConfigError


class VerbParser(argparse.ArgumentParser):
    """An ArgumentParser that raises ConfigError: argparse would exit with 2, which means "unstable" to our callers."""

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        raise ConfigError(message)
