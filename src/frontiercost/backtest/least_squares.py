"""Least squares around priors: parameters on an unbounded scale, fitted by Gauss-Newton steps."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from frontiercost.core.facts import Z95, Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics.arrays import Array
from frontiercost.physics.realised_rates import number

ITERATIONS = 25
SMALL_STEP = 1e-4
LARGEST_MOVE = 1.0
CONVERGED = 1e-3
SLOWER, FASTER = 0.5, 1.5  # pace after a step back, and after one onwards


@frozen
class Parameter:
    """A fitted number on its unbounded scale: ln, or logit for a share; with its prior."""

    name: str
    mean: float
    sigma: float
    share: bool

    def value(self, theta: float) -> float:
        """Return the number itself."""
        return 1 / (1 + math.exp(-theta)) if self.share else math.exp(theta)


@frozen
class Fit:
    """Fitted parameters with their covariance on the unbounded scale."""

    parameters: tuple[Parameter, ...]
    theta: Array
    covariance: Array

    def sum(self, *names: str) -> tuple[float, float]:
        """Return the sum of parameters on that scale and its deviation; 0 for those not there."""
        index = [i for i, p in enumerate(self.parameters) if p.name in names]
        variance = self.covariance[np.ix_(index, index)].sum() if index else 0.0
        return float(self.theta[index].sum()), math.sqrt(max(float(variance), 0.0))

    def interval(self, name: str) -> tuple[float, float, float]:
        """Return low, value and high of one parameter."""
        theta, sigma = self.sum(name)
        parameter = next(p for p in self.parameters if p.name == name)
        low, value, high = (parameter.value(theta + z * Z95 * sigma) for z in (-1, 0, 1))
        return low, value, high


def parameter_of(name: str, prior: Fact) -> Parameter:
    """A prior as mean and standard deviation of ln or logit."""
    share = prior.unit == "%"
    scale = number(prior) / prior.value
    low, value, high = (
        math.log(end / (1 - end) if share else end * scale)
        for end in (prior.low, prior.value, prior.high)
    )
    return Parameter(name, value, (high - low) / (2 * Z95), share)


def posterior(prior: Fact, interval: tuple[float, float, float], source: str) -> Fact:
    """Return what was believed, after a fit, in the unit of the prior."""
    scale = prior.value / number(prior)
    low, value, high = (scale * end for end in interval)
    return replace(
        prior, low=low, value=value, high=high, source=source, confidence="estimated", at=""
    )


class Reads:
    """Which parameters each number of a function reads, and sets of which no number reads two.

    Source: Curtis, Powell and Reid 1974, each set filled with the first that still fit.
    """

    def __init__(self, table: NDArray[np.bool_]) -> None:
        """Take a table of numbers x parameters."""
        self.table, self.sets = table, list[list[int]]()
        for place, column in enumerate(table.T):
            fits = (s for s in self.sets if not (table[:, s].any(axis=1) & column).any())
            chosen = next(fits, None)
            if chosen is None:
                self.sets.append(chosen := [])
            chosen.append(place)


def linearised(
    function: Callable[[Array], Array], theta: Array, reads: Reads | None = None
) -> tuple[Array, Array]:
    """Return a function at a point, and its derivatives by the parameters there.

    Parameters of a set move together; without `reads` each moves alone.
    """
    here = function(theta)
    reads = reads or Reads(np.ones((len(here), len(theta)), bool))
    jacobian = np.empty(reads.table.shape)
    for places in reads.sets:
        beside = theta.copy()
        beside[places] += SMALL_STEP
        slope = (function(beside) - here) / SMALL_STEP
        jacobian[:, places] = np.where(reads.table[:, places], slope[:, None], 0.0)
    return here, jacobian


def robust_rows(
    logs: Callable[[Array], Array],
    target: Array,
    scale: Array,
    theta: Array,
    reads: Reads | None = None,
) -> tuple[Array, Array]:
    """Return residuals in standard deviations and their derivatives, those far off weighing less.

    A scaled residual r weighs (1 + r^2)^(-1/4).
    """
    here, jacobian = linearised(logs, theta, reads)
    residual = scale * (target - here)
    robust = (1 + residual**2) ** -0.25
    return robust * residual, (robust * scale)[:, None] * jacobian


def fitted(
    parameters: tuple[Parameter, ...],
    rows: Callable[[Array], tuple[Array, Array]],
    bounded: Sequence[bool] = (),
) -> Fit:
    """Fit parameters to rows; `rows` gives residuals of unit variance and their derivatives.

    Those that are `bounded` stay inside the 90 % interval of their prior.

    Each step solves (J'J + S^-1) move = J'r - S^-1 (theta - mean), S the priors' variances; the
    pace halves when a step goes back on the last one.
    """
    mean = np.array([p.mean for p in parameters])
    sigma = np.array([p.sigma for p in parameters])
    reach = Z95 * np.where(bounded, sigma, np.inf) if len(bounded) else np.full_like(mean, np.inf)
    theta, information = mean.copy(), np.diag(1 / sigma**2)
    pace, last = 1.0, np.zeros_like(mean)
    for _ in range(ITERATIONS):
        residual, jacobian = rows(theta)
        information = jacobian.T @ jacobian + np.diag(1 / sigma**2)
        gradient = jacobian.T @ residual - (theta - mean) / sigma**2
        move = np.linalg.solve(information, gradient)
        pace = pace * SLOWER if move @ last < 0 else min(pace * FASTER, 1.0)
        before, last = theta, move
        theta = theta + pace * np.clip(move, -LARGEST_MOVE, LARGEST_MOVE)
        theta = np.clip(theta, mean - reach, mean + reach)
        if np.abs(theta - before).max() < CONVERGED:
            break
    return Fit(parameters, theta, np.asarray(np.linalg.inv(information), np.float64))
