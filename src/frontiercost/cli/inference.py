"""`frontiercost inference`: what does serving a model cost?"""

from frontiercost.cli import options as flag
from frontiercost.cli.session import answer


def inference(
    model: flag.Model = None,
    params: flag.Params = None,
    active_params: flag.ActiveParams = None,
    input_tokens: flag.InputTokens = None,
    output_tokens: flag.OutputTokens = None,
    reasoning_tokens: flag.ReasoningTokens = None,
    context: flag.Context = None,
    cache_hit: flag.CacheHit = None,
    requests: flag.Requests = None,
    tokens_per_second: flag.TokensPerSecond = None,
    ttft: flag.Ttft = None,
    utilisation: flag.Utilisation = None,
    chip: flag.Chip = None,
    chips: flag.Chips = None,
    precision: flag.Precision = None,
    kv_precision: flag.KvPrecision = None,
    own_chips: flag.OwnChips = None,
    by: flag.By = None,
    break_even: flag.BreakEven = False,
    development: flag.Development = None,
    demand_growth: flag.DemandGrowth = None,
    basis: flag.Basis = None,
    vendor: flag.Vendor = None,
    commitment: flag.Commitment = None,
    price: flag.SellingPrice = None,
    electricity_price: flag.ElectricityPrice = None,
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
    """What does serving a model cost: per token, per request, per year; when is it repaid?

    \b
    frontiercost inference deepseek-v3 --requests 1M/day --actor ai2
    frontiercost inference llama-3.1-70b --reasoning-tokens 4k --by reasoning
    frontiercost inference llama-4-scout --context 1M --by context
    frontiercost inference deepseek-v3 --break-even --development '$100M' --price '$10/Mtok'
    """
    answer("inference", {**locals(), **prices(price)})


def prices(given: list[str] | None) -> dict[str, str | None]:
    """Sort prices by their unit: of tokens sold, else of a chip-hour."""
    from frontiercost.core.errors import InputError
    from frontiercost.core.units import unit_of

    sorted_: dict[str, str | None] = {"price": None, "token_price": None}
    for text in given or ():
        key = "token_price" if unit_of(text) == "USD/token" else "price"
        if sorted_[key] is not None:
            raise InputError(f"--price '{text}': given twice; once a chip-hour, once a token")
        sorted_[key] = text
    return sorted_
