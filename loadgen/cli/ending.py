"""How a run ended."""

from dataclasses import dataclass

from loadgen.errors import LoadgenError

Unwritten = BrokenPipeError | LoadgenError
"""What `loadgen.cli.output.write` raises."""


@dataclass(frozen=True)
class Ending:
    """How a run ended: by a signal, by an error, or (neither) when all was measured."""

    is_interrupted: bool
    error: Unwritten | None
