"""The one table of flags: commands, help, completion, keys of a file and variables come from it.

A flag is a row: its name (`--name` on the command line, a key of a scenario file, FRONTIERCOST_NAME
in the environment), the commands that have it, how its text is read, its place in the help.
"""

from collections.abc import Iterable
from typing import Any

from frontiercost.catalogue.precisions import SERVED_PRECISIONS
from frontiercost.core.frozen import frozen
from frontiercost.cost.choices import BASES, COMMITMENTS, PROGRAMMES, TIERS
from frontiercost.scenario.readers import (
    CHIPS,
    DATE,
    DEMAND,
    FILE,
    LIST,
    MONEY,
    MOST_DRAWS,
    PATH,
    SWITCH,
    TEXT,
    Reader,
    choice,
    integer,
    quantity,
)

PAY = ("frontier", "startup", "academic")
KV_PRECISIONS = ("bf16", "fp8", "fp4")
SERVING_ENGINES = ("vllm", "sglang", "trt-llm")
PROMPTS = ("together", "apart")
RECOMPUTE = ("none", "selective", "full")
SOLVABLE = ("tokens", "params", "chips", "days", "budget", "price")

STAGE = "stage"
"""Stands for the command of every stage."""
SHAPED = "pretrain posttrain inference"
PREPARED = "dataprep pretrain"
TRAINED = "dataprep pretrain posttrain"
REPORTING = f"{STAGE} compare backtest catalogue"
EVERY = f"{REPORTING} check"
TOKEN = quantity("token", 1, 1e9)
PARAMETERS = quantity("parameter", 1e6, 1e15)
WAYS = integer(1, 1_000_000)
LIKE = 0.7
"""How alike what was typed and a flag must be for that to be offered."""


@frozen
class Flag:
    """One row of the table."""

    name: str
    panel: str
    commands: frozenset[str]
    reader: Reader
    help: str
    is_key: bool = True
    """Whether it is a part of the question, so a key of a file, or only how an answer is given."""
    is_flag: bool = True
    spellings: tuple[str, ...] = ()
    """On the command line, where that is not `--name` alone."""
    argument: bool = False
    """Whether it stands without a name."""
    repeats: bool = False
    counts: bool = False
    default: str | None = None
    completes: str = ""
    """The kind of the catalogue whose names complete it."""
    synonyms: str = ""
    """Other names that people know it by."""

    @property
    def spelling(self) -> str:
        """How people write it."""
        if self.argument:
            return self.name.upper()
        return (self.spellings or (f"--{self.name.replace('_', '-')}",))[0]

    def is_of(self, command: str, *, stage: bool) -> bool:
        """Whether a command has it."""
        return command in self.commands or (stage and STAGE in self.commands)


def _key(name: str, panel: str, commands: str, reader: Reader, help: str, **more: Any) -> Flag:
    """Return a row for a part of the question."""
    more.setdefault("repeats", reader.kind == "list")
    return Flag(name, panel, frozenset(commands.split()), reader, help, **more)


def _way(name: str, panel: str, commands: str, reader: Reader, help: str, **more: Any) -> Flag:
    """Return a row for how an answer is found or given."""
    return _key(name, panel, commands, reader, help, is_key=False, **more)


# a table is read by its rows
# fmt: off
FLAGS: tuple[Flag, ...] = (
    # --- what -----------------------------------------------------------------------------------
    _key("model", "Model", STAGE, TEXT, "A model of the catalogue, for example llama-3.1-405b.",
         argument=True, completes="model"),
    _way("models", "Model", "compare", LIST,
         "None: the ladder. One: who can build it. More: side by side.",
         argument=True, completes="model"),
    _key("config", "Model", f"{SHAPED} compare catalogue", PATH,
         "A model's config.json or its folder, in place of MODEL."),
    _key("name", "Model", STAGE, TEXT, "What the answer is called.", is_flag=False),
    _key("stage", "Model", STAGE, TEXT, "The stage a file asks about.", is_flag=False),
    _key("params", "Model", SHAPED, PARAMETERS, "Total parameters: 405B, 7B..8B.",
         synonyms="model_size size parameters n_params num_params total_params"),
    _key("active_params", "Model", SHAPED, PARAMETERS, "Active parameters of an MoE: 37B.",
         synonyms="active_parameters activated_params"),
    _key("tokens", "Model", PREPARED, quantity("token", 1, 1e18), "Training tokens: 15.6T.",
         synonyms="training_tokens n_tokens dataset_size"),
    _key("seq_len", "Model", "pretrain", TOKEN, "Sequence length: 8192.",
         synonyms="sequence_length seq_length max_seq_len"),
    _key("as_built", "Model", "pretrain compare", SWITCH,
         "At the model's own date, with its own chips, hours and vendor."),
    _key("without_developer", "Model", "pretrain", TEXT, "Whose runs are held out.", is_flag=False),
    # --- requests -------------------------------------------------------------------------------
    _key("input_tokens", "Requests", "inference", TOKEN, "Tokens read for a request: 2k.",
         synonyms="prompt_tokens prompt input_length"),
    _key("output_tokens", "Requests", "inference", TOKEN, "Tokens of the answer: 500.",
         synonyms="completion_tokens max_tokens output_length"),
    _key("reasoning_tokens", "Requests", "inference", quantity("token", 0, 1e9),
         "Tokens written before the answer: 4k.",
         synonyms="thinking_tokens"),
    _key("context", "Requests", "inference", quantity("token", 2, 1e9),
         "Length of a request instead of --input-tokens: 128k.",
         synonyms="context_length context_window"),
    _key("cache_hit", "Requests", "inference", quantity("%", 0, 1),
         "Share of the prompt that is cached: 60%."),
    _key("requests", "Requests", "inference", DEMAND,
         "Demand: 1M/day, '50 rps', or '20 users' at once. [default: 1M/day]",
         synonyms="rps qps traffic demand users concurrency"),
    _key("bought", "Requests", "inference", SWITCH,
         "Buy it from an API, also where its weights are open."),
    _key("tokens_per_second", "Requests", "inference", quantity("token/s", 1e-3, 1e6),
         "Least speed a user sees: 50. [default: 20]",
         synonyms="speed tps throughput"),
    _key("ttft", "Requests", "inference", quantity("day", 1e-9, 30),
         "Longest wait for the first token: '1 s'.",
         synonyms="latency first_token"),
    _key("utilisation", "Requests", "inference", quantity("%", 1e-3, 1),
         "Mean demand over what the chips could serve: 40%.",
         synonyms="utilization"),
    # --- machine --------------------------------------------------------------------------------
    _key("chip", "Machine", f"{STAGE} compare", TEXT, "Chip to use: h100-sxm.", completes="chip",
         synonyms="gpu gpu_type accelerator hardware device tpu"),
    _key("chips", "Machine", SHAPED, quantity("chip", 1, 1e9), "Chips used at once: 16384.",
         synonyms="gpus num_gpus n_gpus gpu_count num_chips accelerators"),
    _key("precision", "Machine", SHAPED, choice(*SERVED_PRECISIONS),
         "bf16, fp16, fp8, fp4; served also int8, int4, awq, gptq, q4_k_m, …",
         synonyms="dtype quantization quantisation"),
    _key("kv_precision", "Machine", "inference", choice(*KV_PRECISIONS),
         "Format of the cache: bf16, fp8, fp4.",
         synonyms="kv_cache_dtype kv_dtype"),
    _key("engine", "Machine", "inference", choice(*SERVING_ENGINES),
         "vllm, sglang or trt-llm. [default: not known]",
         synonyms="backend framework server runtime"),
    _key("speculative", "Machine", "inference", SWITCH,
         "Several tokens a step, by prediction layers (MTP) or a draft model.",
         synonyms="mtp speculative_decoding"),
    _key("prompts", "Machine", "inference", choice(*PROMPTS),
         "On the chips that write, together, or apart. [default: what costs less]",
         synonyms="disaggregated prefill"),
    _key("mfu", "Machine", "pretrain", quantity("%", 1e-4, 1),
         "Whole-run MFU of the BF16 peak: 35%.",
         synonyms="efficiency model_flops_utilization"),
    _key("measured", "Machine", "pretrain inference", PATH,
         "A CSV file of own steps, runs or service times, as backtest --runs takes them.",
         synonyms="benchmark benchmarks measurements"),
    _key("batch", "Machine", "pretrain", quantity("token", 1, 1e12), "Tokens per step: 16M.",
         synonyms="batch_size global_batch_size"),
    _key("deadline", "Machine", "pretrain", quantity("day", 0.01),
         "Find the chips that finish in: '90 days'.",
         synonyms="days duration time wall_time"),
    _key("own_chips", "Machine", STAGE, CHIPS, "Chips that are there already: '300 h100'.",
         synonyms="own_gpus existing_gpus"),
    _key("tp", "Plan", "pretrain", WAYS, "Tensor-parallel ways.",
         synonyms="tensor_parallel tensor_parallel_size"),
    _key("pp", "Plan", "pretrain", WAYS, "Pipeline stages.",
         synonyms="pipeline_parallel pipeline_parallel_size"),
    _key("vpp", "Plan", "pretrain", WAYS, "Virtual stages of each."),
    _key("cp", "Plan", "pretrain", WAYS, "Context-parallel ways.",
         synonyms="context_parallel context_parallel_size"),
    _key("ep", "Plan", "pretrain", WAYS, "Expert-parallel ways.",
         synonyms="expert_parallel expert_parallel_size"),
    _key("zero", "Plan", "pretrain", integer(1, 3), "ZeRO stage: 1, 2 or 3.",
         synonyms="zero_stage"),
    _key("micro_batch", "Plan", "pretrain", WAYS, "Sequences per micro-batch."),
    _key("recompute", "Plan", "pretrain", choice(*RECOMPUTE), "none, selective or full.",
         synonyms="gradient_checkpointing activation_checkpointing"),
    _key("sites", "Sites", "pretrain", integer(1, 100_000),
         "Sites that train together over slow links."),
    _key("site_chips", "Sites", "pretrain", integer(1, 10_000_000), "Chips at each site."),
    _key("uplink", "Sites", "pretrain", quantity("bit/s", 1), "Link of each site: '110 Mbit/s'."),
    _key("inner_steps", "Sites", "pretrain", quantity("x", 1, 1e6),
         "Steps between exchanges: 100."),
    _key("bits", "Sites", "pretrain", quantity("x", 1e-3, 64),
         "Bits sent per parameter and exchange: 8."),
    _key("streaming", "Sites", "pretrain", SWITCH, "Exchange while computing goes on."),
    # --- recipe and data ------------------------------------------------------------------------
    _key("recipe", "Recipe", "pretrain posttrain", TEXT,
         "How it is post-trained: chat, reasoning, rlhf, agent, … [default: chat]"),
    _key("phase", "Recipe", "pretrain posttrain", LIST,
         "Change a phase: sft.examples=50k, rl.steps=200; may be repeated."),
    _key("source", "Data", PREPARED, LIST,
         "Tokens of a source: common-crawl:15T; may be repeated.",
         synonyms="dataset data"),
    _key("licence", "Data", PREPARED, LIST, "A deal: '$60M/year', 'news=$5M/year'; repeatable.",
         synonyms="license"),
    _key("mix", "Data", PREPARED, TEXT, "Shares of a published mix: olmo-3, llama-1."),
    # --- views ----------------------------------------------------------------------------------
    _key("by", "Views", "inference", LIST,
         "Show what moves the cost: reasoning, context or demand; may be repeated."),
    _key("by", "Views", "posttrain", LIST,
         "trend: published shares of pre-training compute over time."),
    _key("break_even", "Views", "inference", SWITCH, "What repays --development at --price."),
    _key("development", "Views", "inference", quantity("USD", 0),
         "What the model cost to make: '$100M'."),
    _key("demand_growth", "Views", "inference", quantity("x", 0.01, 1000),
         "Growth of the demand a year: 2x."),
    _key("price_decline", "Views", "inference", quantity("x", 0.1, 10_000),
         "How many times cheaper tokens get a year: 3x. [default: as they did, 10x]"),
    # --- the ladder and levers -----------------------------------------------------------------
    _way("all", "Whom", "compare", SWITCH, "Every actor, not the categories."),
    _way("category", "Whom", "compare", TEXT, "Every actor of one category, e.g. nonprofit."),
    _way("people", "Whom", "compare", quantity("person", 1, 1e10),
         "Whom `use` and `run` serve: 40. [default: those of each actor; 1 for --budget]",
         synonyms="users staff employees"),
    _way("rung", "Ladder", "compare", LIST,
         "use, run-small, run, adapt-small, adapt, rebuild, join or lead; repeatable.",
         synonyms="path pathway"),
    _way("frontier", "Ladder", "compare", TEXT,
         "Whom to lead with: a model, or a year by trend: 2028. [default: the leader of --date]"),
    _way("done", "Ladder", "compare", SWITCH, "List who has done it, with sources."),
    _way("years", "Ladder", "compare", TEXT, "When, by trends: 2024..2032."),
    _way("returns", "Ladder", "compare", SWITCH, "What ten times the money buys."),
    _way("cost", "Ladder", "compare", quantity("USD", 0), "Count who can spend a sum: '$30M'."),
    _way("grant", "Levers", "compare", quantity("USD", 0), "Money added to each actor: '$10M'.",
         synonyms="funding"),
    _way("free_chips", "Levers", "compare", CHIPS, "Chips lent to each for a year: '500 h100'.",
         synonyms="free_gpus"),
    _way("pool", "Levers", "compare", TEXT, "Actors that pool their money: ai2,princeton."),
    _way("subsidy", "Levers", "compare", quantity("%", 0, 1), "Share of cost paid: 30%."),
    _way("open_base", "Levers", "compare", choice("yes", "no"),
         "no: there are no open weights to start from.", default="yes"),
    # --- price ----------------------------------------------------------------------------------
    _key("basis", "Price", f"{STAGE} compare", choice(*BASES),
         "rent, amortised, own or buy. [default: rent]"),
    _key("programme", "Price", "pretrain posttrain compare", choice(*PROGRAMMES),
         "follower, explorer or final-run. [default: follower]",
         synonyms="program scope"),
    _key("vendor", "Price", f"{STAGE} compare", choice(*TIERS),
         "specialist, hyperscaler or marketplace.",
         synonyms="provider cloud"),
    _key("commitment", "Price", f"{STAGE} compare", choice(*COMMITMENTS),
         "on-demand, 1y, 3y or spot. [default: 1y above 256 chips or 30 days]",
         synonyms="term contract reservation"),
    _key("price", "Price", "dataprep pretrain posttrain compare", quantity("USD/chip-hour", 0),
         "Price of a chip-hour: '$2.50/h'.",
         synonyms="rate hourly_rate gpu_price chip_price cost_per_hour"),
    _key("price", "Price", "inference", quantity("USD/chip-hour", 0),
         "Of a chip-hour, '$2.50/h', or of tokens sold, '$10/Mtok'; may be repeated.",
         repeats=True,
         synonyms="rate hourly_rate gpu_price chip_price cost_per_hour"),
    _key("token_price", "Price", "inference", quantity("USD/token", 0),
         "Price of tokens sold: '$10/Mtok'.", is_flag=False),
    _key("electricity_price", "Price", STAGE, quantity("USD/kWh", 0),
         "Price of electricity: '0.09 USD/kWh'.",
         synonyms="electricity power_price energy_price"),
    _key("grid", "Price", STAGE, TEXT, "Country of the electricity, for its emissions: FR.",
         synonyms="country carbon carbon_intensity co2 emissions electricity_mix location"),
    _key("pay", "Price", f"{PREPARED} inference", choice(*PAY),
         "Pay of staff: frontier, startup or academic."),
    _key("without", "Price", f"{TRAINED} inference", LIST,
         "Leave out a line of the bill: staff; repeatable.",
         synonyms="exclude"),
    _key("indirect", "Price", TRAINED, quantity("%", 0, 1), "A grant's indirect costs: 55%."),
    _key("years", "Price", TRAINED, integer(1, 50), "Spread the total as cash over so many years."),
    _key("date", "Price", f"{STAGE} compare", DATE, "Date of the prices: 2026-11.",
         synonyms="when price_date as_of"),
    # --- verdict --------------------------------------------------------------------------------
    _key("budget", "Verdict", f"{STAGE} compare", MONEY, "Money at hand: '$5M', '$5M/year'.",
         synonyms="money funds spend"),
    _key("actor", "Verdict", f"{STAGE} compare", LIST,
         "An actor of the catalogue; may be repeated.", completes="actor",
         synonyms="organization organisation company lab who"),
    _way("fail_over_budget", "Verdict", STAGE, SWITCH,
         "Exit 3 if any of them affords it with less than --confidence."),
    _way("confidence", "Verdict", STAGE, quantity("%", 1e-6, 1),
         "Probability of fitting that --fail-over-budget and --solve ask for.", default="50%"),
    _way("solve", "Verdict", STAGE, choice(*SOLVABLE),
         "What would have to be true: tokens, params, chips, days, budget or price."),
    _way("sensitivity", "Views", STAGE, SWITCH, "Which uncertain inputs drive the cost."),
    # --- check, backtest, catalogue, init -------------------------------------------------------
    _way("file", "Check", "check", FILE, "A TOML file of assumptions; see frontiercost init.",
         argument=True),
    _way("record", "Check", "check", SWITCH, "Record the totals; changes are measured from them."),
    _way("baseline", "Check", "check", FILE,
         "File of recorded totals. [default: FILE.baseline.json]"),
    _way("today", "Check", "check", DATE,
         "Date that the age of prices counts to. [default: today]"),
    _way("exit_zero", "Check", "check", SWITCH, "Exit 0 also when assumptions do not hold."),
    _way("stage", "Backtest", "backtest", TEXT,
         "pretrain, training-step, serving, local-serving, posttrain or cost. [default: all]",
         argument=True),
    _way("runs", "Backtest", "backtest", FILE,
         "A CSV file of runs or steps, or -, instead of the catalogue's."),
    _way("kind", "Catalogue", "catalogue", TEXT,
         "chips, models, actors, prices, assumptions, trends, laws, grids, runs, sources; import.",
         argument=True),
    _way("name", "Catalogue", "catalogue", TEXT,
         "One entry of that kind; of an import, its publisher: epoch or genai-prices.",
         argument=True),
    _way("upstream", "Catalogue", "catalogue", FILE, "The publisher's file that is imported.",
         argument=True),
    _way("date", "Catalogue", "catalogue", DATE,
         "When the imported file was published. [default: the newest date in it]"),
    _way("what", "Init", "init", TEXT,
         "dataprep, pretrain, posttrain, inference, compare or check.", argument=True,
         default="pretrain"),
    _way("force", "Init", "init", SWITCH, "Replace a file that is there."),
    # --- scenario and output --------------------------------------------------------------------
    _way("scenario", "Scenario", f"{STAGE} compare", FILE, "A TOML file of inputs."),
    _way("set", "Scenario", f"{STAGE} compare", LIST,
         "key=value, also assumptions.ID=value; may be repeated.", completes="key",
         synonyms="override"),
    _key("catalogue", "Scenario", f"{STAGE} compare catalogue", PATH,
         "A folder of own facts on top.",
         synonyms="catalog"),
    _way("save", "Scenario", STAGE, FILE, "Write the scenario to a TOML file."),
    _key("draws", "Scenario", f"{STAGE} compare backtest", integer(0, MOST_DRAWS),
         "Draws; 0 for the point estimate. [default: 4096]",
         synonyms="samples n_samples simulations iterations"),
    _key("seed", "Scenario", f"{STAGE} compare", integer(0, 2**63),
         "Seed of the draws. [default: 0]"),
    _way("format", "Output", EVERY, TEXT,
         "table, markdown, json, csv, html or svg; check: github.", default="table",
         synonyms="json csv output_format"),
    _way("output", "Output", f"{EVERY} init schema", FILE,
         "Write to a file; - is stdout. Of an import, the folder it fills.",
         spellings=("--output", "-o"),
         synonyms="out output_file"),
    _way("explain", "Output", f"{STAGE} backtest", SWITCH,
         "Show the formula, inputs and sources of each line.",
         synonyms="verbose details why"),
    _way("explain", "Output", "check", SWITCH, "Show every name that a condition may read.",
         synonyms="verbose details why"),
    _way("quiet", "Output", EVERY, integer(), "Only the answer; -qq only the exit code.",
         spellings=("-q",), counts=True,
         synonyms="silent"),
)
# fmt: on

KEYS = {flag.name: flag for flag in reversed(FLAGS) if flag.is_key}
"""The keys of a scenario, by name."""


def spelled(key: str) -> str:
    """Return how the command line writes a key."""
    flag = KEYS.get(key) or next((flag for flag in FLAGS if flag.name == key), None)
    return flag.spelling if flag else f"--{key.replace('_', '-')}"


def flags_of(command: str, *, stage: bool = False) -> list[Flag]:
    """Return the flags of a command, in the order of the table."""
    return [flag for flag in FLAGS if flag.is_flag and flag.is_of(command, stage=stage)]


def keys_of(command: str) -> frozenset[str]:
    """Return the keys that the command of a stage, or `compare`, reads."""
    is_stage = command != "compare"
    return frozenset(f.name for f in FLAGS if f.is_key and f.is_of(command, stage=is_stage))


def meant(word: str, flags: Iterable[Flag]) -> Flag | None:
    """Return the flag that a word stands for, by a synonym or by likeness; None if by neither."""
    from difflib import get_close_matches

    known = list(flags)
    names = {other: flag for flag in known for other in flag.synonyms.split()}
    names |= {flag.name: flag for flag in known}
    typed = word.strip("-").replace("-", "_").lower()
    close = [typed] if typed in names else get_close_matches(typed, names, n=1, cutoff=LIKE)
    return names[close[0]] if close else None
