"""`frontiercost dataprep`: what does preparing the training data cost?"""

from frontiercost.cli import options as flag
from frontiercost.cli.session import answer


def dataprep(
    model: flag.Model = None,
    tokens: flag.Tokens = None,
    source: flag.Sources = None,
    licence: flag.Licences = None,
    mix: flag.Mix = None,
    chip: flag.Chip = None,
    own_chips: flag.OwnChips = None,
    basis: flag.Basis = None,
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
    """What does preparing the training data cost, and where do unique tokens run out?

    \b
    frontiercost dataprep --tokens 15T
    frontiercost dataprep llama-3.1-405b --licence 'news=$60M/year'
    frontiercost dataprep --source common-crawl:12T --source stack-v3:2T --source own-platform:1T
    """
    answer("dataprep", locals())
