"""How chips are arranged for a run, and what the run gets of them: plan, failures, slow links."""

import math
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.units import DAYS_PER_YEAR, HOURS_PER_DAY, HOURS_PER_YEAR, SECONDS_PER_DAY
from frontiercost.physics import failures, scaling_laws
from frontiercost.physics.model_shape import Architecture, total_params
from frontiercost.physics.training_machine import Machine, Software, machine_of
from frontiercost.stages.pretrain.software import era_of

if TYPE_CHECKING:
    from frontiercost.core.facts import Number
    from frontiercost.physics.plan_search import TrainingStep
    from frontiercost.stages.pretrain.run_errors import RunSpeed

BATCHES_PER_OCTAVE = 4  # steps between powers of two, so that plans divide
RESTARTED_UP_TO, ELASTIC_FROM = 16_384, 131_072  # chips: Llama 3; Decoupled DiLoCo's smallest
BUBBLE = 0.1  # share of a pipeline's time that may be idle before more chips are called useless
LEAST_GOODPUT = 1e-3  # of time not lost to failures; below it a run gets nowhere


@frozen
class Sites:
    """Places that train together over slow links; each holds a whole replica."""

    count: int
    chips: int
    uplink: Fact
    streaming: bool = False
    changed: Mapping[str, Fact] = field(default_factory=dict)
    """Constants of the federation that were set by hand, by their name."""


@frozen
class TrainingSetup:
    """What is known of the machine before the number of chips is."""

    architecture: Architecture
    seq_len: int
    tokens: float
    chip: Chip
    precision: str
    date: str
    """When the run was released: which software it had; empty for that of today."""
    batch: float | None = None
    plan: Mapping[str, int] = field(default_factory=dict)
    sites: Sites | None = None
    spot: bool = False
    """Whether servers are rented spot, to be taken back at any time."""


@frozen
class ClusterPlan:
    """A plan on so many chips, and the shares of its speed that survive."""

    chips: int
    batch: float
    step: "TrainingStep"
    goodput: "Number"
    failure_goodput: float = 1.0
    """What of it failures alone leave, as published runs knew them."""
    sites: int = 1
    link_utilisation: "Number" = 1.0
    quality_penalty: "Number" = 1.0
    speed: "RunSpeed | None" = None

    @property
    def model_parallel(self) -> int:
        """Chips that hold one replica: tensor x pipeline x context ways."""
        plan = self.step.best.plan
        return int(plan.tensor * plan.pipeline * plan.context)

    @property
    def share(self) -> "Number":
        """What of the step's speed counts: goodput x link utilisation / quality penalty."""
        return self.goodput * self.link_utilisation / self.quality_penalty

    @property
    def lasting_mfu(self) -> float:
        """MFU of the step over what failures leave."""
        return self.step.mfu * self.failure_goodput

    @property
    def own_share(self) -> "Number":
        """What of it published runs on clusters of their own did not have: spot, slow links."""
        return self.share / self.failure_goodput


def arrange(setup: TrainingSetup, chips: int, drawn: DrawnCatalogue) -> ClusterPlan:
    """Return the fastest plan on these chips, with failures and slow links.

    Raises InputError with the reason when no plan is legal or none fits in memory.
    """
    if setup.sites is not None:
        return _federated(setup, setup.sites, drawn)
    batch = _batch(setup, drawn.catalogue)
    step = _step(setup, batch, chips, drawn.catalogue)
    kept = goodput(chips, drawn.catalogue)
    return ClusterPlan(chips, batch, step, _goodput(setup, chips, drawn), kept)


def arrange_given(setup: TrainingSetup, chips: int, drawn: DrawnCatalogue) -> ClusterPlan:
    """Return the arrangement of a number of chips that somebody chose.

    Raises InputError with the reason and the fewest chips that would do.
    """
    try:
        return arrange(setup, chips, drawn)
    except InputError as error:
        if setup.sites is not None:
            raise
        least = fewest_chips(setup, drawn.catalogue)
        advice = f"{least} are enough" if least > chips else "free a dimension of the plan"
        raise InputError(f"`chips`: {error}; {advice}") from None


def fewest_chips(setup: TrainingSetup, catalogue: Catalogue) -> int:
    """Return the size of the smallest cluster that holds the model, whatever the plan.

    Raises InputError with the reason when nothing fits.
    """
    from frontiercost.physics.layer_load import layer_work_of
    from frontiercost.physics.plan_search import smallest_cluster

    batch = _batch(setup, catalogue)
    sequences = max(round(batch / setup.seq_len), 1)
    load = layer_work_of(setup.architecture, setup.seq_len)
    software, _ = _software(setup, catalogue)
    return smallest_cluster(load, sequences, _machine(setup, catalogue), software)[0]


def _batch(setup: TrainingSetup, catalogue: Catalogue) -> float:
    return setup.batch or critical_batch(setup, catalogue)


def critical_batch(setup: TrainingSetup, catalogue: Catalogue) -> float:
    """Return the tokens per step beyond which more chips stop helping: 22.9 D_M^0.47 x 512.

    In sequences that plans divide: a developer who is free to choose would not take a prime.
    """
    value = {
        key: catalogue.assumption(f"critical_batch_{key}").value
        for key in ("coefficient", "exponent", "sequence")
    }
    tokens = scaling_laws.critical_batch(
        setup.tokens / 1e6, value["coefficient"], value["exponent"], value["sequence"]
    )
    unit = step_of_octave(float(tokens) / setup.seq_len, BATCHES_PER_OCTAVE)
    return setup.seq_len * unit * max(round(float(tokens) / setup.seq_len / unit), 1)


def most_useful_chips(setup: TrainingSetup, cluster_plan: ClusterPlan) -> float:
    """Return the chips that the batch can feed with this plan, a tenth of the time in bubbles.

    n = (B/s) (tp pp) / m with m = (p - 1)/(v x), x = 0.1, at least one micro-batch.
    """
    plan = cluster_plan.step.best.plan
    least = max((plan.pipeline - 1) / (plan.virtual * BUBBLE), 1.0)
    ways = cluster_plan.model_parallel
    return float(scaling_laws.most_chips(cluster_plan.batch, setup.seq_len, ways, least))


def shortest_days(setup: TrainingSetup, cluster_plan: ClusterPlan, catalogue: Catalogue) -> float:
    """Return the days that no number of chips undercuts: (D/B) steps of pure latency."""
    plan = cluster_plan.step.best.plan
    latency = scaling_laws.step_latency(
        setup.architecture.layers,
        plan.pipeline * plan.virtual,
        *(
            catalogue.assumption(key).value * SECONDS_PER_DAY
            for key in ("collective_latency", "launch_latency", "hop_latency")
        ),
    )
    seconds = scaling_laws.shortest_time(setup.tokens, cluster_plan.batch, latency)
    return float(seconds) / SECONDS_PER_DAY


def step_of_octave(number: float, steps: int) -> int:
    """Return the power of two that divides an octave [2^k, 2^(k+1)) into so many steps."""
    return max(1 << math.floor(math.log2(max(number, 1))), steps) // steps


def _step(setup: TrainingSetup, batch: float, chips: int, catalogue: Catalogue) -> "TrainingStep":
    from frontiercost.physics.plan_search import training_step

    software, fixed = _software(setup, catalogue)
    plan = fixed | dict(setup.plan)
    machine = _machine(setup, catalogue)
    return training_step(setup.architecture, setup.seq_len, batch, chips, machine, software, plan)


def _machine(setup: TrainingSetup, catalogue: Catalogue) -> Machine:
    rates, date = catalogue.constants("training_rates"), setup.date or catalogue.edition["edition"]
    return machine_of(setup.chip, setup.precision, rates, date)


def _software(setup: TrainingSetup, catalogue: Catalogue) -> tuple[Software, dict[str, int]]:
    """Return the software of the date, and what its habits fix of the plan."""
    era = era_of(setup.date, catalogue)
    return era.software(catalogue.constants("training_rates")), era.fixed


def goodput(chips: int, catalogue: Catalogue) -> float:
    """Return the share of time that survives failures.

    Up to 16,384 chips, the largest job whose restarts are documented, everything restarts from a
    checkpoint; from 131,072 the job goes on with fewer chips and only the stop counts; between
    them, a geometric mean weighted by the doublings. At the central failure rate and times: what
    runs stray from that is part of what they keep.
    """

    def hours(key: str) -> float:
        return catalogue.assumption(key).value * HOURS_PER_DAY

    rate = catalogue.assumption("failure_rate").value / HOURS_PER_YEAR
    save, restart = hours("checkpoint_save_time"), hours("restart_time")
    restarted = float(failures.goodput_of_run(chips, rate, save, restart))
    elastic = float(failures.elastic_goodput(chips, rate, hours("elastic_lost_time")))
    doublings = math.log2(max(chips / RESTARTED_UP_TO, 1))
    weight = min(doublings / math.log2(ELASTIC_FROM / RESTARTED_UP_TO), 1.0)
    goodput = float(restarted ** (1 - weight) * elastic**weight)
    if goodput < LEAST_GOODPUT:
        raise InputError(f"{chips:,} chips fail faster than the run could restart; take fewer")
    return goodput


def _goodput(setup: TrainingSetup, chips: int, drawn: DrawnCatalogue) -> "Number":
    """Return the share of time that survives failures, and spot servers that are taken back."""
    lasting = goodput(chips, drawn.catalogue)
    return lasting * spot_goodput(setup.chip, chips, drawn) if setup.spot else lasting


def spot_goodput(chip: Chip, chips: float, drawn: DrawnCatalogue) -> "Number":
    """Return the share of time that survives when spot servers are taken back: 1 / (1 + n l R).

    n servers, l interruptions of one a year, R the time of a restart [year]: the notice is enough
    to save. Ignores waiting for another server, which is not paid, and that many go at once.
    """
    servers = max(chips / chip.server_chips, 1.0)
    lost = drawn.value("restart_time") / DAYS_PER_YEAR
    return failures.elastic_goodput(servers, drawn.value("spot_interruption_rate"), lost)


def _federated(setup: TrainingSetup, sites: Sites, drawn: DrawnCatalogue) -> ClusterPlan:
    """Arrange sites that each hold a replica and exchange updates every H steps."""
    from frontiercost.physics import distributed_training

    batch = _batch(setup, drawn.catalogue)
    local = batch / sites.count
    try:
        step = _step(setup, local, sites.chips, drawn.catalogue)
    except InputError as error:
        raise InputError(f"`site_chips`: a site must hold a whole replica; {error}") from None
    values = {
        key: drawn.sample(sites.changed.get(key) or drawn.fact(key))
        for key in (
            "inner_steps",
            "bits_per_parameter",
            "exchange_latency",
            "federation_memory",
            "federation_balance",
            "federation_quality_exponent",
        )
    }
    how = distributed_training.from_facts(values)
    link = distributed_training.utilisation_of_run(
        how,
        total_params(setup.architecture),
        sites.count,
        step.best.seconds,
        drawn.sample(sites.uplink) / distributed_training.BITS_PER_BYTE,
        how.inner_steps if sites.streaming else 0.0,
    )
    return ClusterPlan(
        chips=sites.count * sites.chips,
        batch=batch,
        step=step,
        goodput=how.balance * _goodput(setup, sites.chips, drawn),
        failure_goodput=goodput(sites.chips, drawn.catalogue),
        sites=sites.count,
        link_utilisation=link,
        quality_penalty=distributed_training.quality_penalty(sites.count, how.quality_exponent),
    )
