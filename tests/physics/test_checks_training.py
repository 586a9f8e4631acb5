import pytest

from frontiercost.physics import distributed_training, failures, literature, scaling_laws
from published_checks import checks

AREAS = {"reliability", "lowband", "scaling"}
CHECKS = checks(*AREAS)
HOURS_PER_DAY, MINUTES_PER_HOUR, SECONDS_PER_HOUR, HOURS_PER_WEEK = 24, 60, 3600, 168
GIGA, MEGA, BITS = 1e9, 1e6, 8


def law(x):
    return scaling_laws.LossLaw(x.get("E", 0), x.get("A", 0), x["al"], x.get("B", 0), x["be"])


def rate_of_job(x):
    return failures.rate_from_count(x["failures"], x["gpus"], x["days"] * HOURS_PER_DAY)


def mtbf_of_nodes(x):
    per_hour = x["per_1000_node_days"] / 1000 / HOURS_PER_DAY
    return failures.job_mtbf(x["gpus"] / x["per_node"], per_hour)


def rate_per_gpu_hour(x):
    if "failures_per_week" in x:
        return failures.rate_from_count(x["failures_per_week"], x["gpus"], HOURS_PER_WEEK)
    if "machines_per_day" in x:
        return failures.rate_from_count(x["machines_per_day"], x["gpus"], HOURS_PER_DAY)
    return rate_of_job(x)


def interval(formula):
    return lambda x: formula(x["delta_s"] / SECONDS_PER_HOUR, x["M_h"]) * MINUTES_PER_HOUR


def goodput(x):
    save, tau = x["delta_s"] / SECONDS_PER_HOUR, x["tau_min"] / MINUTES_PER_HOUR
    return failures.goodput(tau, save, x["restart_h"], x["M_h"])


def ettr(x):
    mtbf = failures.job_mtbf(x["nodes"], x["r_f_per_node_day"] / HOURS_PER_DAY)
    return failures.expected_ettr(x["dt_cp_h"], x["w_cp_h"], x["u0_h"], mtbf)


def ring(x, peers="peers"):
    return distributed_training.ring_bytes(x["N"], x["bits"], x[peers])


def needed(x, share, overlapped):
    compute = x["H"] * x["step_s"]
    wanted = distributed_training.bandwidth_needed(
        ring(x, "M"), compute, share, overlapped * compute
    )
    return wanted * BITS / GIGA


def critical_batch(x):
    return scaling_laws.critical_batch(x["D_million"], 22.91, 0.47, x["seq"])


def effective(x):
    return scaling_laws.effective_tokens(x["U"], x["epochs"], x["R_star"])


def serving_optimum(x):
    return scaling_laws.serving_optimal_params(law(x), x["loss"], x["D_inf"])


QUANTITIES = {
    "job MTBF": lambda x: failures.job_mtbf(x["gpus"], rate_of_job(x)),
    "job MTTF": mtbf_of_nodes,
    "rate per GPU-hour": rate_per_gpu_hour,
    "Young interval sqrt(2 d M)": interval(failures.young_interval),
    "Daly interval sqrt(2dM)(1+sqrt(d/2M)/3+(d/2M)/9)-d": interval(failures.daly_interval),
    "goodput tau/(M exp(R/M)(exp((tau+d)/M)-1))": goodput,
    "Meta E[ETTR] = (1-N r_f (u0+dt/2))/(1+w/dt)": ettr,
    "BLOOM checkpoint rate": lambda x: failures.write_rate(x["bytes"], x["seconds"]) / GIGA,
    "compute utilisation tc/(tc+tx)": lambda x: distributed_training.utilisation(
        x["compute_min"], x["comm_min"]
    ),
    "ring bytes per peer and round 2(M-1)/M N bits/8": lambda x: ring(x) / GIGA,
    "effective bandwidth of that round": lambda x: (
        distributed_training.effective_bandwidth(ring(x), x["seconds"]) * BITS / MEGA
    ),
    "upper bound on bits sent per parameter": lambda x: distributed_training.bits_sent(
        x["uplink"] / BITS, x["seconds"], x["N"]
    ),
    "needed Gbit/s if not overlapped: 2(M-1)/M N bits/(H step (1/u-1))": lambda x: needed(
        x, x["util"], 0
    ),
    "needed Gbit/s if fully overlapped": lambda x: needed(x, 1, 1),
    "loss penalty, DiLoCo M=4 at 10B": lambda x: distributed_training.loss_increase(
        *x["loss"][::-1]
    ),
    "years to close the gap": lambda x: distributed_training.years_to_close(x["gap"], *x["growth"]),
    "L(N,D)": lambda x: scaling_laws.loss(law(x), x["N"], x["D"]),
    "N_opt": lambda x: scaling_laws.optimal_params(law(x), x["C"]),
    "N_opt exponent be/(al+be)": lambda x: scaling_laws.size_share(law(x)),
    "elasticity of reducible loss to compute -al be/(al+be)": lambda x: (
        -scaling_laws.returns_to_compute(law(x))
    ),
    "compute factor that halves the reducible loss": lambda x: scaling_laws.compute_factor(
        x["gamma"], 2
    ),
    "a C^alpha with the constants as printed": lambda x: scaling_laws.power_law(
        x["a"], x["alpha"], x["C"]
    ),
    "6ND of the recommended point": lambda x: literature.six_nd(x["N"], x["D"]),
    "N minimising 6ND+2N D_inf at the loss of 70B/1.4T": serving_optimum,
    "D'/U = 1+R*(1-exp(-(epochs-1)/R*))": effective,
    "Kaplan B_crit = 2e8 L^(-1/0.21)": lambda x: scaling_laws.critical_batch_from_loss(
        x["L"], 2e8, 0.21
    ),
    "Zhang et al.: 22.91 D^0.47 sequences of 512": critical_batch,
    "data-parallel loss law A N^alpha": lambda x: distributed_training.power_law_loss(
        x["N"], 1, x["A"], -x["alpha"]
    ),
}


def test_every_area_has_checks():
    assert {check.area for check in CHECKS} == AREAS


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
def test_published_value(check):
    assert check.quantity in QUANTITIES, f"no formula for {check.quantity!r}"
    assert QUANTITIES[check.quantity](check.inputs) == check.expected
