"""Published vectors of failures, slow links and scaling, through what the program uses."""

import math

import pytest

from frontiercost.analysis.forecast import Growth, years_to_frontier
from frontiercost.physics import distributed_training, failures, scaling_laws
from frontiercost.physics.literature import six_nd
from published_checks import checks, crossing, lowest
from published_formulas import loss_increase, optimal_loss

AREAS = {"reliability", "lowband", "scaling"}
CHECKS = checks(*AREAS)
HOURS_PER_DAY, MINUTES_PER_HOUR, SECONDS_PER_HOUR, HOURS_PER_WEEK = 24, 60, 3600, 168
GIGA, MEGA, BITS = 1e9, 1e6, 8


NEARLY_NO_TIME = 1e-12  # of what a save takes: Young's first order is exact there


def law(x):
    return scaling_laws.LossLaw(x.get("E", 0), x.get("A", 1), x["al"], x.get("B", 1), x["be"])


# --- failures -------------------------------------------------------------------------------------


def rate_of(x, count, hours):
    """A job's failures are n lambda an hour: M = 1/(n lambda), and lambda = 1/(n M)."""
    return failures.job_mtbf(x["gpus"], hours / x[count])


def rate_per_gpu_hour(x):
    if "failures_per_week" in x:
        return rate_of(x, "failures_per_week", HOURS_PER_WEEK)
    if "machines_per_day" in x:
        return rate_of(x, "machines_per_day", HOURS_PER_DAY)
    return rate_of(x, "failures", x["days"] * HOURS_PER_DAY)


def mtbf_of_nodes(x):
    per_hour = x["per_1000_node_days"] / 1000 / HOURS_PER_DAY
    return failures.job_mtbf(x["gpus"] / x["per_node"], per_hour)


def daly(x):
    return failures.daly_interval(x["delta_s"] / SECONDS_PER_HOUR, x["M_h"]) * MINUTES_PER_HOUR


def young(x):
    """Daly's interval is Young's where a save takes next to no time."""
    quick = daly(x | {"delta_s": x["delta_s"] * NEARLY_NO_TIME})
    return quick / math.sqrt(NEARLY_NO_TIME)


def goodput(x):
    save, tau = x["delta_s"] / SECONDS_PER_HOUR, x["tau_min"] / MINUTES_PER_HOUR
    return failures.goodput(tau, save, x["restart_h"], x["M_h"])


def ettr(x):
    """Meta's share is Daly's to first order: what is lost grows in proportion to all times."""
    mtbf = failures.job_mtbf(x["nodes"], x["r_f_per_node_day"] / HOURS_PER_DAY)
    small = 1e-6
    tau, save, restart = (small * x[key] for key in ("dt_cp_h", "w_cp_h", "u0_h"))
    return 1 - (1 - failures.goodput(tau, save, restart, mtbf)) / small


# --- slow links -----------------------------------------------------------------------------------


def ring(x, peers="peers"):
    return distributed_training.ring_bytes(x["N"], x["bits"], x[peers])


def bandwidth_behind(x):
    """The link that passes a round's bytes in its time: that of 1 B/s, as much faster."""
    return distributed_training.transfer_time(ring(x), 1.0) / x["seconds"]


def most_bits(x):
    """Bits of a parameter in the time, two peers each sending its update once."""
    one = distributed_training.ring_bytes(x["N"], 1, 2)
    return x["seconds"] / distributed_training.transfer_time(one, x["uplink"] / BITS)


def needed(x, share, overlapped):
    """Gbit/s at which the utilisation of the run reaches a share."""
    link = distributed_training.Federation(x["H"], x["bits"], 0.0, 0.0, 1.0, 0.0)

    def utilisation(bandwidth):
        return distributed_training.utilisation_of_run(
            link, x["N"], x["M"], x["step_s"], bandwidth, overlapped * x["H"]
        )

    return crossing(utilisation, share, 1e6, 1e12) * BITS / GIGA


def years_to_close(x):
    own, frontier = x["growth"]
    growth = Growth(frontier_cost=frontier, level_fall=1.0, money=own)
    return years_to_frontier(x["gap"], 1.0, growth)


# --- scaling --------------------------------------------------------------------------------------


def elasticity(x):
    """Slope of the best loss: over a law without a floor it is the same everywhere."""
    few, many = (optimal_loss(law(x), flop) for flop in (1e20, 1e21))
    return math.log(many / few) / math.log(10)


def times_to_halve(x):
    """A law whose best loss falls with C^-gamma: both its exponents are twice that."""
    bare = law({"al": 2 * x["gamma"], "be": 2 * x["gamma"]})
    half = optimal_loss(bare, 1.0) / 2
    return crossing(lambda flop: -optimal_loss(bare, flop), -half, 1.0, 1e6)


def serving_optimum(x):
    """Least FLOP of training and serving over every size that the loss law lets reach the loss."""
    curve = law(x)
    smallest = (curve.size_coefficient / (x["loss"] - curve.floor)) ** (1 / curve.size_exponent)

    def flop(size):
        tokens = crossing(lambda data: -scaling_laws.loss(curve, size, data), -x["loss"], 1e9, 1e30)
        return six_nd(size, tokens) + six_nd(size, x["D_inf"]) / 3

    return lowest(flop, smallest * 1.001, 1e13)


def effective(x):
    return scaling_laws.effective_tokens(x["U"], x["epochs"], x["R_star"])


QUANTITIES = {
    "job MTBF": lambda x: failures.job_mtbf(x["gpus"], rate_per_gpu_hour(x)),
    "job MTTF": mtbf_of_nodes,
    "rate per GPU-hour": rate_per_gpu_hour,
    "Young interval sqrt(2 d M)": young,
    "Daly interval sqrt(2dM)(1+sqrt(d/2M)/3+(d/2M)/9)-d": daly,
    "goodput tau/(M exp(R/M)(exp((tau+d)/M)-1))": goodput,
    "Meta E[ETTR] = (1-N r_f (u0+dt/2))/(1+w/dt)": ettr,
    "compute utilisation tc/(tc+tx)": lambda x: distributed_training.utilisation(
        x["compute_min"], x["comm_min"]
    ),
    "ring bytes per peer and round 2(M-1)/M N bits/8": lambda x: ring(x) / GIGA,
    "effective bandwidth of that round": lambda x: bandwidth_behind(x) * BITS / MEGA,
    "upper bound on bits sent per parameter": most_bits,
    "needed Gbit/s if not overlapped: 2(M-1)/M N bits/(H step (1/u-1))": lambda x: needed(
        x, x["util"], 0
    ),
    "needed Gbit/s if fully overlapped": lambda x: needed(x, 1, 1),
    "years to close the gap": years_to_close,
    "L(N,D)": lambda x: scaling_laws.loss(law(x), x["N"], x["D"]),
    "N_opt": lambda x: scaling_laws.optimal_params(law(x), x["C"]),
    "N_opt exponent be/(al+be)": lambda x: scaling_laws.size_share(law(x)),
    "elasticity of reducible loss to compute -al be/(al+be)": elasticity,
    "compute factor that halves the reducible loss": times_to_halve,
    "a C^alpha with the constants as printed": lambda x: scaling_laws.power_law(
        x["a"], x["alpha"], x["C"]
    ),
    "6ND of the recommended point": lambda x: six_nd(x["N"], x["D"]),
    "N minimising 6ND+2N D_inf at the loss of 70B/1.4T": serving_optimum,
    "D'/U = 1+R*(1-exp(-(epochs-1)/R*))": effective,
    "Kaplan B_crit = 2e8 L^(-1/0.21)": lambda x: scaling_laws.power_law(2e8, -1 / 0.21, x["L"]),
    "Zhang et al.: 22.91 D^0.47 sequences of 512": lambda x: scaling_laws.critical_batch(
        x["D_million"], 22.91, 0.47, x["seq"]
    ),
    "data-parallel loss law A N^alpha": lambda x: scaling_laws.power_law(
        x["A"], x["alpha"], x["N"]
    ),
}
DOCUMENTED = {
    "BLOOM checkpoint rate": lambda x: x["bytes"] / x["seconds"] / GIGA,
    "loss penalty, DiLoCo M=4 at 10B": lambda x: loss_increase(*x["loss"][::-1]),
}
"""Arithmetic of the publications, which no code of the program computes."""


def test_every_area_has_checks():
    assert {check.area for check in CHECKS} == AREAS
    assert {check.quantity for check in CHECKS} == QUANTITIES.keys() | DOCUMENTED.keys()


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
def test_published_value(check):
    assert (QUANTITIES | DOCUMENTED)[check.quantity](check.inputs) == check.expected
