"""What a tritonserver's log says about its end: the one sentence among 200 lines. Pure."""

import re

_LAST_LINES = 3

_PORT_TAKEN = re.compile(r"Socket '[^']+' already in use")

_REASONS = (
    # A model that does not load: the backend's own reason.
    re.compile(r"\"failed to load (?P<name>'[^']+') version \d+: (?P<reason>.+)\"$", re.MULTILINE),
    # A model whose configuration cannot be read; the line before tells where and why.
    re.compile(
        r"(?:Error parsing text-format inference\.ModelConfig: (?P<detail>.+)\n)?"
        r".*Poll failed for model directory (?P<name>'[^']+'): (?P<reason>.+)\"$",
        re.MULTILINE,
    ),
    # An option of the command line, an endpoint, anything else that ends the start.
    re.compile(r"(?P<reason>unrecognized option '[^']+')"),
    re.compile(r"main\.cc:\d+\] \"(?P<reason>failed to .+?) *\"$", re.MULTILINE),
    re.compile(r"^error: (?P<reason>.+)$", re.MULTILINE),
)
"""the first of these that is found in the log gives the reason"""

_NAMES_OF_EXCEPTIONS = re.compile(r"^(?:Internal: )?(?:c_python_backend_utils\.)?TritonModelException: ")
_PYTHON_TRACEBACK = re.compile(r"\\n\\nAt:\\n.*$")
_PREFIX = re.compile(r"^[IWE]\d{4} \S+ \d+ [\w.]+:\d+\] ")
_TABLE_OR_STACK = re.compile(r"^(?:[+|]| *\d+# )")


def is_port_taken(log: str) -> bool:
    """Return whether the server ended because another program listens on one of its ports."""
    return _PORT_TAKEN.search(log) is not None


def why_not_started(log: str) -> str:
    """Return in one line why the server did not start; of each model that did not load, its name and the reason."""
    for pattern in _REASONS:
        reasons = [_sentence(match) for match in pattern.finditer(log)]
        if reasons:
            return "; ".join(dict.fromkeys(reasons))
    return last_words(log)


def last_words(log: str) -> str:
    """Return the last lines of the log in one, without times, tables and stack frames."""
    lines = [line for line in log.splitlines() if line.strip() and not _TABLE_OR_STACK.match(line)]
    return " | ".join(_PREFIX.sub("", line).strip(' "') for line in lines[-_LAST_LINES:]) or "it left no log"


def _sentence(match: re.Match[str]) -> str:
    groups = match.groupdict()
    reason = _NAMES_OF_EXCEPTIONS.sub("", _PYTHON_TRACEBACK.sub("", groups["reason"]))
    model = f"model {groups['name']}: " if groups.get("name") else ""
    detail = f": {groups['detail']}" if groups.get("detail") else ""
    return f"{model}{reason}{detail}"
