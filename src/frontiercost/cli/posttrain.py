"""`frontiercost posttrain`: what does it cost to make a base model useful?"""

from frontiercost.cli import options as flag
from frontiercost.cli.session import answer


def posttrain(
    model: flag.Model = None,
    params: flag.Params = None,
    active_params: flag.ActiveParams = None,
    recipe: flag.RecipeName = None,
    phase: flag.PhaseSizes = None,
    by: flag.TrendBy = None,
    chip: flag.Chip = None,
    chips: flag.Chips = None,
    precision: flag.Precision = None,
    own_chips: flag.OwnChips = None,
    basis: flag.Basis = None,
    programme: flag.Programme = None,
    vendor: flag.Vendor = None,
    commitment: flag.Commitment = None,
    price: flag.Price = None,
    electricity_price: flag.ElectricityPrice = None,
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
    """What do SFT, preferences, RL, distillation, synthetic data and labels on an open base cost?

    The base's own pre-training is free to whoever takes its weights.

    \b
    frontiercost posttrain llama-3.1-70b --recipe chat --actor ai2
    frontiercost posttrain deepseek-v3 --recipe reasoning --phase reasoning-rl.steps=200
    frontiercost posttrain --params 7B --recipe domain-sft --phase sft.examples=20k
    """
    answer("posttrain", locals())
