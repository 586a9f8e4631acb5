"""Flags that commands share, each declared once."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer


def _option(*names: str, help: str, panel: str, **more: object) -> typer.models.OptionInfo:
    return typer.Option(*names, help=help, rich_help_panel=panel, **more)  # type: ignore[no-any-return,call-overload]


def _names(kind: str) -> Callable[[str], list[str]]:
    """Complete names of the catalogue, which needs no numpy."""

    def complete(incomplete: str) -> list[str]:
        from frontiercost.catalogue.store import shipped

        return [name for name in shipped().names(kind) if name.startswith(incomplete)]

    return complete


def _keys(incomplete: str) -> list[str]:
    """Complete the keys of a scenario for --set."""
    from frontiercost.scenario.keys import FIELDS

    return [f"{key}=" for key in FIELDS if key.startswith(incomplete)]


Model = Annotated[
    str | None,
    typer.Argument(
        help="A model of the catalogue, for example llama-3.1-405b.", autocompletion=_names("model")
    ),
]
_Text = str | None

Params = Annotated[
    _Text, _option("--params", help="Total parameters: 405B, 7B..8B.", panel="Model")
]
ActiveParams = Annotated[
    _Text, _option("--active-params", help="Active parameters of an MoE: 37B.", panel="Model")
]
Tokens = Annotated[_Text, _option("--tokens", help="Training tokens: 15.6T.", panel="Model")]
SeqLen = Annotated[_Text, _option("--seq-len", help="Sequence length: 8192.", panel="Model")]
AsBuilt = Annotated[
    bool,
    _option(
        "--as-built",
        help="At the model's own date, with its own chips, hours and vendor.",
        panel="Model",
    ),
]
Chip = Annotated[
    _Text,
    _option(
        "--chip",
        help="Chip to use: h100-sxm.",
        panel="Machine",
        autocompletion=_names("chip"),
    ),
]
Chips = Annotated[_Text, _option("--chips", help="Chips used at once: 16384.", panel="Machine")]
Precision = Annotated[
    _Text, _option("--precision", help="bf16, fp16, fp8 or fp4.", panel="Machine")
]
Mfu = Annotated[
    _Text, _option("--mfu", help="Whole-run MFU of the BF16 peak: 35%.", panel="Machine")
]
Batch = Annotated[_Text, _option("--batch", help="Tokens per step: 16M.", panel="Machine")]
Deadline = Annotated[
    _Text, _option("--deadline", help="Find the chips that finish in: '90 days'.", panel="Machine")
]
Tp = Annotated[_Text, _option("--tp", help="Tensor-parallel ways.", panel="Plan")]
Pp = Annotated[_Text, _option("--pp", help="Pipeline stages.", panel="Plan")]
Vpp = Annotated[_Text, _option("--vpp", help="Virtual stages of each.", panel="Plan")]
Cp = Annotated[_Text, _option("--cp", help="Context-parallel ways.", panel="Plan")]
Ep = Annotated[_Text, _option("--ep", help="Expert-parallel ways.", panel="Plan")]
Zero = Annotated[_Text, _option("--zero", help="ZeRO stage: 1, 2 or 3.", panel="Plan")]
MicroBatch = Annotated[
    _Text, _option("--micro-batch", help="Sequences per micro-batch.", panel="Plan")
]
Recompute = Annotated[_Text, _option("--recompute", help="none, selective or full.", panel="Plan")]
RecipeName = Annotated[
    _Text,
    _option(
        "--recipe",
        help="How it is post-trained: chat, reasoning, rlhf, agent, … [default: chat]",
        panel="Recipe",
    ),
]
PhaseSizes = Annotated[
    list[str] | None,
    _option(
        "--phase",
        help="Change a phase: sft.examples=50k, rl.steps=200; may be repeated.",
        panel="Recipe",
    ),
]
Sources = Annotated[
    list[str] | None,
    _option(
        "--source", help="Tokens of a source: common-crawl:15T; may be repeated.", panel="Data"
    ),
]
Licences = Annotated[
    list[str] | None,
    _option("--licence", help="A deal: '$60M/year', 'news=$5M/year'; repeatable.", panel="Data"),
]
Mix = Annotated[
    _Text, _option("--mix", help="Shares of a published mix: olmo-3, llama-1.", panel="Data")
]
Without = Annotated[
    list[str] | None,
    _option("--without", help="Leave out a line of the bill: staff; repeatable.", panel="Price"),
]
Indirect = Annotated[
    _Text, _option("--indirect", help="A grant's indirect costs: 55%.", panel="Price")
]
Years = Annotated[
    _Text, _option("--years", help="Spread the total as cash over so many years.", panel="Price")
]
InputTokens = Annotated[
    _Text, _option("--input-tokens", help="Tokens read for a request: 2k.", panel="Requests")
]
OutputTokens = Annotated[
    _Text, _option("--output-tokens", help="Tokens of the answer: 500.", panel="Requests")
]
ReasoningTokens = Annotated[
    _Text,
    _option("--reasoning-tokens", help="Tokens written before the answer: 4k.", panel="Requests"),
]
Context = Annotated[
    _Text,
    _option(
        "--context", help="Length of a request instead of --input-tokens: 128k.", panel="Requests"
    ),
]
CacheHit = Annotated[
    _Text,
    _option("--cache-hit", help="Share of the prompt that is cached: 60%.", panel="Requests"),
]
Requests = Annotated[
    _Text,
    _option("--requests", help="Demand: 1M/day, 20/s. [default: 1M/day]", panel="Requests"),
]
TokensPerSecond = Annotated[
    _Text,
    _option(
        "--tokens-per-second",
        help="Least speed a user sees: 50. [default: 20]",
        panel="Requests",
    ),
]
Ttft = Annotated[
    _Text, _option("--ttft", help="Longest wait for the first token: '1 s'.", panel="Requests")
]
Utilisation = Annotated[
    _Text,
    _option(
        "--utilisation",
        help="Mean demand over what the chips could serve: 40%.",
        panel="Requests",
    ),
]
KvPrecision = Annotated[
    _Text, _option("--kv-precision", help="Format of the cache: bf16, fp8, fp4.", panel="Machine")
]
By = Annotated[
    list[str] | None,
    _option(
        "--by",
        help="Show what moves the cost: reasoning, context or demand; may be repeated.",
        panel="Views",
    ),
]
TrendBy = Annotated[
    list[str] | None,
    _option(
        "--by", help="trend: published shares of pre-training compute over time.", panel="Views"
    ),
]
BreakEven = Annotated[
    bool,
    _option("--break-even", help="What repays --development at --price.", panel="Views"),
]
Development = Annotated[
    _Text, _option("--development", help="What the model cost to make: '$100M'.", panel="Views")
]
DemandGrowth = Annotated[
    _Text, _option("--demand-growth", help="Growth of the demand a year: 2x.", panel="Views")
]
SellingPrice = Annotated[
    list[str] | None,
    _option(
        "--price",
        help="Of a chip-hour, '$2.50/h', or of tokens sold, '$10/Mtok'; may be repeated.",
        panel="Price",
    ),
]
SiteCount = Annotated[
    _Text, _option("--sites", help="Sites that train together over slow links.", panel="Sites")
]
SiteChips = Annotated[_Text, _option("--site-chips", help="Chips at each site.", panel="Sites")]
Uplink = Annotated[
    _Text, _option("--uplink", help="Link of each site: '110 Mbit/s'.", panel="Sites")
]
InnerSteps = Annotated[
    _Text, _option("--inner-steps", help="Steps between exchanges: 100.", panel="Sites")
]
Bits = Annotated[
    _Text, _option("--bits", help="Bits sent per parameter and exchange: 8.", panel="Sites")
]
Streaming = Annotated[
    bool, _option("--streaming", help="Exchange while computing goes on.", panel="Sites")
]
OwnChips = Annotated[
    _Text,
    _option("--own-chips", help="Chips that are there already: '300 h100'.", panel="Machine"),
]
Basis = Annotated[
    _Text, _option("--basis", help="rent, amortised, own or buy. [default: rent]", panel="Price")
]
Programme = Annotated[
    _Text,
    _option(
        "--programme", help="follower, explorer or final-run. [default: follower]", panel="Price"
    ),
]
Vendor = Annotated[
    _Text,
    _option("--vendor", help="specialist, hyperscaler or marketplace.", panel="Price"),
]
Commitment = Annotated[
    _Text,
    _option(
        "--commitment",
        help="on-demand, 1y, 3y or spot. [default: 1y above 256 chips or 30 days]",
        panel="Price",
    ),
]
Price = Annotated[_Text, _option("--price", help="Price of a chip-hour: '$2.50/h'.", panel="Price")]
ElectricityPrice = Annotated[
    _Text,
    _option("--electricity-price", help="Price of electricity: '0.09 USD/kWh'.", panel="Price"),
]
Pay = Annotated[
    _Text,
    _option("--pay", help="Pay of staff: frontier, startup or academic.", panel="Price"),
]
Date = Annotated[_Text, _option("--date", help="Date of the prices: 2026-11.", panel="Price")]
CatalogueFolder = Annotated[
    _Text, _option("--catalogue", help="A folder of own facts on top.", panel="Scenario")
]
Budget = Annotated[
    _Text, _option("--budget", help="Money at hand: '$5M', '$5M/year'.", panel="Verdict")
]
Actor = Annotated[
    list[str] | None,
    _option(
        "--actor",
        help="An actor of the catalogue; may be repeated.",
        panel="Verdict",
        autocompletion=_names("actor"),
    ),
]
FailOverBudget = Annotated[
    bool,
    _option(
        "--fail-over-budget",
        help="Exit 3 if any of them affords it with less than --confidence.",
        panel="Verdict",
    ),
]
Confidence = Annotated[
    str,
    _option("--confidence", help="Probability that --fail-over-budget asks for.", panel="Verdict"),
]
ScenarioFile = Annotated[
    Path | None, _option("--scenario", help="A TOML file of inputs.", panel="Scenario")
]
Set = Annotated[
    list[str] | None,
    _option(
        "--set",
        help="key=value, also assumptions.ID=value; may be repeated.",
        panel="Scenario",
        autocompletion=_keys,
    ),
]
Save = Annotated[
    Path | None, _option("--save", help="Write the scenario to a TOML file.", panel="Scenario")
]
Draws = Annotated[
    str | None,
    _option("--draws", help="Draws; 0 for the point estimate. [default: 4096]", panel="Scenario"),
]
Seed = Annotated[
    str | None, _option("--seed", help="Seed of the draws. [default: 0]", panel="Scenario")
]
Solve = Annotated[
    _Text,
    _option(
        "--solve",
        help="What would have to be true: tokens, params, chips, days, budget or price.",
        panel="Verdict",
    ),
]
Sensitivity = Annotated[
    bool,
    _option("--sensitivity", help="Which uncertain inputs drive the cost.", panel="Output"),
]
Format = Annotated[
    str,
    _option(
        "--format",
        help="table, markdown, json, csv, html or svg.",
        panel="Output",
        show_default=False,
    ),
]
Output = Annotated[
    Path | None, _option("--output", "-o", help="Write to a file; - is stdout.", panel="Output")
]
Explain = Annotated[
    bool,
    _option("--explain", help="Show the formula, inputs and sources of each line.", panel="Output"),
]
Quiet = Annotated[
    int, _option("-q", count=True, help="Only the answer; -qq only the exit code.", panel="Output")
]
