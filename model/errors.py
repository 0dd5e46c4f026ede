"""What the commands of this package raise on purpose, and how they end then."""

FAILURE = 99
"""The exit code of a command that says in one sentence why it cannot do its work."""


class ModelError(Exception):
    """An option or a file that cannot be used; the text is one sentence that names it."""
