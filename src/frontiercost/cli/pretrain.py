"""`frontiercost pretrain`: what does the base model's training cost?"""

from frontiercost.cli import options as flag
from frontiercost.cli.session import answer


def pretrain(
    model: flag.Model = None,
    params: flag.Params = None,
    active_params: flag.ActiveParams = None,
    tokens: flag.Tokens = None,
    seq_len: flag.SeqLen = None,
    as_built: flag.AsBuilt = False,
    chip: flag.Chip = None,
    chips: flag.Chips = None,
    precision: flag.Precision = None,
    mfu: flag.Mfu = None,
    batch: flag.Batch = None,
    deadline: flag.Deadline = None,
    tp: flag.Tp = None,
    pp: flag.Pp = None,
    vpp: flag.Vpp = None,
    cp: flag.Cp = None,
    ep: flag.Ep = None,
    zero: flag.Zero = None,
    micro_batch: flag.MicroBatch = None,
    recompute: flag.Recompute = None,
    sites: flag.SiteCount = None,
    site_chips: flag.SiteChips = None,
    uplink: flag.Uplink = None,
    inner_steps: flag.InnerSteps = None,
    bits: flag.Bits = None,
    streaming: flag.Streaming = False,
    own_chips: flag.OwnChips = None,
    recipe: flag.RecipeName = None,
    phase: flag.PhaseSizes = None,
    source: flag.Sources = None,
    licence: flag.Licences = None,
    mix: flag.Mix = None,
    basis: flag.Basis = None,
    programme: flag.Programme = None,
    vendor: flag.Vendor = None,
    commitment: flag.Commitment = None,
    price: flag.Price = None,
    electricity_price: flag.ElectricityPrice = None,
    pay: flag.Pay = None,
    without: flag.Without = None,
    indirect: flag.Indirect = None,
    years: flag.Years = None,
    date: flag.Date = None,
    budget: flag.Budget = None,
    actor: flag.Actor = None,
    fail_over_budget: flag.FailOverBudget = False,
    solve: flag.Solve = None,
    sensitivity: flag.Sensitivity = False,
    confidence: flag.Confidence = "50%",
    scenario: flag.ScenarioFile = None,
    set: flag.Set = None,
    catalogue: flag.CatalogueFolder = None,
    save: flag.Save = None,
    draws: flag.Draws = None,
    seed: flag.Seed = None,
    format: flag.Format = "table",
    output: flag.Output = None,
    explain: flag.Explain = False,
    quiet: flag.Quiet = 0,
) -> None:
    """What does the base model's training cost, and can this budget pay for it?

    \b
    frontiercost pretrain llama-3.1-405b --budget '$100M'
    frontiercost pretrain --params 7B --tokens 2T --actor princeton
    frontiercost pretrain gpt-4 --as-built --programme final-run --basis amortised
    """
    answer("pretrain", locals())
