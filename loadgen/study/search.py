"""Which configuration of a grid a search measures next: Optuna's choice, from the figures of those before.

A study of Optuna is made anew for each choice and told what was measured so far, so that the same runs lead to the same
choice, also after the study was interrupted. The sampler is the tree-structured Parzen estimator (Bergstra et al.,
Algorithms for Hyper-Parameter Optimization, 2011), which models all axes together; the first third is random.
"""

from collections.abc import Mapping, Sequence

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from loadgen.study.axes import Axis, Settings, combination, grid
from loadgen.study.objective import Objective
from loadgen.study.runs import Run

_ASKS = 100
"""How often Optuna may name configurations that are measured already before the next one of the grid is taken."""


def next_settings(axes: Sequence[Axis], objective: Objective, budget: int, runs: Sequence[Run]) -> Settings:
    """Return a configuration of the grid that none of the runs had.

    `budget` is how many are to be measured in all, less than the grid has.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it tells of every study that is made
    sampler = TPESampler(seed=len(runs), n_startup_trials=-(-budget // 3), multivariate=True, constant_liar=True)
    study = optuna.create_study(sampler=sampler, direction="maximize" if objective.is_maximum else "minimize")
    space: dict[str, BaseDistribution] = {axis.name: CategoricalDistribution(axis.values) for axis in axes}
    study.add_trials(_told(run, space, objective) for run in runs if run.settings)
    measured = {run.settings for run in runs}
    for _ in range(_ASKS):
        # What was asked before and not told the result of is taken to be bad, so that the choice moves away from it.
        chosen = study.ask(space).params
        settings = combination(tuple((axis.name, chosen[axis.name]) for axis in axes))
        if settings not in measured:
            return settings
    return next(settings for settings in grid(axes) if settings not in measured)


def _told(run: Run, space: Mapping[str, BaseDistribution], objective: Objective) -> FrozenTrial:
    """Return what Optuna is told of a run; one without a score is worse than all others."""
    params = dict(run.settings.values)
    distributions = {name: space[name] for name in params}
    level = objective.best(run.levels) if run.is_measured else None
    if level is None:
        return create_trial(params=params, distributions=distributions, state=TrialState.PRUNED)
    return create_trial(params=params, distributions=distributions, value=objective.value(level))
