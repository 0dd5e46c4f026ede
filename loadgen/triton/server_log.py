"""What a tritonserver's log says about its end: the one sentence in 200 lines. Pure."""

import re

_PORT_TAKEN = re.compile(r"Socket '[^']+' already in use")

# The first of these that matches anything gives the reason, most telling first.
_REASONS = (
    re.compile(r"\"failed to load (?P<name>'[^']+') version \d+: (?P<reason>.+)\"$", re.MULTILINE),
    re.compile(r"Poll failed for model directory (?P<name>'[^']+'): (?P<reason>.+)\"$", re.MULTILINE),
    re.compile(r"(?P<reason>unrecognized option '[^']+')"),
    re.compile(r"^error: (?P<reason>.+)$", re.MULTILINE),
    re.compile(r"^E\d{4} [^\]]+\] \"(?P<reason>.+)\"$", re.MULTILINE),
)
_PYTHON_TRACEBACK = re.compile(r"\\n\\nAt:\\n.*$")
_EXCEPTION_NAMES = re.compile(r"^(?:Internal: )?(?:c_python_backend_utils\.)?TritonModelException: ")


def is_port_taken(log: str) -> bool:
    """Whether the server ended because another program listens on one of its ports."""
    return _PORT_TAKEN.search(log) is not None


def reason_of_end(log: str) -> str:
    """Return why the server ended or did not start, in one line, models by name."""
    for pattern in _REASONS:
        reasons = [_sentence(match) for match in pattern.finditer(log)]
        if reasons:
            return "; ".join(dict.fromkeys(reasons))
    last = log.strip().rpartition("\n")[2]
    return last or "it left no log"


def _sentence(match: re.Match[str]) -> str:
    reason = _EXCEPTION_NAMES.sub("", _PYTHON_TRACEBACK.sub("", match["reason"]))
    name = match.groupdict().get("name")
    return f"model {name}: {reason}" if name else reason
