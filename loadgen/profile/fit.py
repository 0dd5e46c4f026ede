"""Which load a model can be given."""

from loadgen.errors import ConfigError
from loadgen.load.model import Model
from loadgen.load.modes import FixedSchedule, LoadMode, PeriodicConcurrency


def require_fit(load: LoadMode, model: Model) -> None:
    """Raise ConfigError for a load that such a model cannot be given."""
    match load:
        case PeriodicConcurrency():
            option = "--periodic-concurrency-range"
        case FixedSchedule():
            option = "--fixed-schedule"
        case _:
            return
    if model.is_sequence:
        raise ConfigError(f'{option}: model "{model.name}" is a sequence model, whose requests have their own order')
    if isinstance(load, PeriodicConcurrency) and not model.is_decoupled:
        raise ConfigError(f'{option}: model "{model.name}" is not decoupled, and has one response to a request')
