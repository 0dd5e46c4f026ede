"""The sentences of errors."""

import pytest

from loadgen.errors import ConfigError


def sentence(call, *args, **kwargs):
    """Return what the ConfigError says that this call raises."""
    with pytest.raises(ConfigError) as caught:
        call(*args, **kwargs)
    return str(caught.value)
