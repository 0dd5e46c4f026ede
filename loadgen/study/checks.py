"""Whether a study can be measured, as far as that is known without a server."""

from collections.abc import Sequence
from importlib.util import find_spec

from loadgen.errors import ConfigError
from loadgen.measure.summary import percentiles
from loadgen.measure.threshold import Threshold
from loadgen.study.axes import Axis
from loadgen.study.schedule import Study


def check(study: Study, percentile: int | None) -> None:
    """Raise ConfigError for a study that cannot be measured; `percentile` is the one that is kept besides the usual."""
    _check_axes(study.axes)
    if study.one_at_a_time and study.search is not None:
        raise ConfigError(f"--search {study.search}: it does not go with --one-at-a-time, give one of the two")
    if study.search is not None:
        _check_search(study.search, study.combinations)
    _check_limits(study.objective.limits, percentile)


def _check_axes(axes: Sequence[Axis]) -> None:
    if not axes:
        raise ConfigError("nothing to vary: give an axis, such as instance-count with the values 4,2,1")
    names = [axis.name for axis in axes]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{name} is there twice: name all its values at once")


def _check_search(budget: int, combinations: int) -> None:
    if budget >= combinations:
        raise ConfigError(f"--search {budget}: there are {combinations} combinations, leave it out to measure them all")
    if find_spec("optuna") is None:
        raise ConfigError(f"--search {budget}: Optuna is not installed: pip install 'loadgen[search]'")


def _check_limits(limits: Sequence[Threshold], percentile: int | None) -> None:
    known = percentiles(percentile)
    for limit in limits:
        if limit.percentile not in (None, *known):
            names = ", ".join(f"p{one}" for one in known)
            raise ConfigError(f"--subject-to {limit}: a study keeps {names}; --percentile adds another one")
