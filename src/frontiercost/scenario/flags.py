"""The one table of flags: commands, help, completion, keys of a file and variables come from it.

A flag is a row: its name (`--name` on the command line, a key of a scenario file, FRONTIERCOST_NAME
in the environment), the commands that have it, how its text is read, its place in the help.
"""

from collections.abc import Iterable

from frontiercost.catalogue.fine_tuning import METHODS, OPTIMIZERS
from frontiercost.catalogue.precisions import SERVED_PRECISIONS
from frontiercost.cost.choices import BASES, COMMITMENTS, PROGRAMMES, TIERS
from frontiercost.scenario.flag import LADDER, STAGE, Flag, key, way
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
    choice,
    integer,
    quantity,
)

PAY = ("frontier", "startup", "academic")
KV_PRECISIONS = ("bf16", "fp8", "fp4")
SERVING_ENGINES = ("vllm", "sglang", "trt-llm")
PROMPTS = ("together", "apart")
RECOMPUTE = ("none", "selective", "full")
SOLVABLE = (
    *("tokens", "params", "steps", "examples", "chips", "days", "budget", "price", "requests"),
)

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


# a table is read by its rows
# fmt: off
FLAGS: tuple[Flag, ...] = (
    # --- what -----------------------------------------------------------------------------------
    key("model", "Model", STAGE, TEXT, "A model of the catalogue: deepseek-v3.",
        argument=True, completes="model"),
    way("models", "Model", "compare", LIST,
        "None, one (who can build it) or more. None: the ladder.",
        argument=True, completes="model"),
    key("config", "Model", f"{SHAPED} compare catalogue", PATH,
        "A model's config.json, or its folder. In place of MODEL."),
    key("name", "Model", f"{STAGE} compare", TEXT, "What the answer is called.", is_flag=False),
    key("stage", "Model", f"{STAGE} compare", TEXT, "The stage a file asks about.", is_flag=False),
    key("params", "Model", SHAPED, PARAMETERS, "Total parameters: 405B, 7B..8B.",
        synonyms="model_size size parameters n_params num_params total_params"),
    key("active_params", "Model", SHAPED, PARAMETERS, "Active parameters of an MoE: 37B.",
        synonyms="active_parameters activated_params"),
    key("tokens", "Model", PREPARED, quantity("token", 1, 1e18), "Training tokens: 15.6T.",
        synonyms="training_tokens n_tokens dataset_size"),
    key("seq_len", "Model", "pretrain", TOKEN, "Sequence length: 8192.",
        synonyms="sequence_length seq_length max_seq_len"),
    key("as_built", "Model", "pretrain compare", SWITCH,
        "As it was built. At its own date, with its own chips, hours and vendor."),
    key("without_developer", "Model", "pretrain", TEXT, "Whose runs are held out.", is_flag=False),
    # --- requests -------------------------------------------------------------------------------
    key("input_tokens", "Requests", "inference", TOKEN, "Tokens read for a request: 2k.",
        synonyms="prompt_tokens prompt input_length"),
    key("output_tokens", "Requests", "inference", TOKEN, "Tokens of the answer: 500.",
        synonyms="completion_tokens max_tokens output_length"),
    key("reasoning_tokens", "Requests", "inference", quantity("token", 0, 1e9),
        "Tokens written before the answer: 4k.",
        synonyms="thinking_tokens"),
    key("context", "Requests", "inference", quantity("token", 2, 1e9),
        "Length of a request: 128k. Instead of --input-tokens.",
        synonyms="context_length context_window"),
    key("cache_hit", "Requests", "inference", quantity("%", 0, 1),
        "Share of the prompt that is cached: 60%."),
    key("requests", "Requests", "inference", DEMAND,
        "1M/day, '50 rps', '20 users' at once. [default: 1M/day]",
        synonyms="rps qps traffic demand users concurrency"),
    key("bought", "Requests", "inference", SWITCH,
        "Buy it from an API, also where its weights are open."),
    key("tokens_per_second", "Requests", "inference", quantity("token/s", 1e-3, 1e6),
        "Least speed a user sees: 50. [default: 20]",
        synonyms="speed tps throughput"),
    key("ttft", "Requests", "inference", quantity("day", 1e-9, 30, "1 s"),
        "Longest wait for the first token: '1 s'.",
        synonyms="latency first_token"),
    key("utilisation", "Requests", "inference", quantity("%", 1e-3, 1),
        "Mean demand over what the chips could serve: 40%.",
        synonyms="utilization"),
    # --- machine --------------------------------------------------------------------------------
    key("chip", "Machine", f"{STAGE} compare", TEXT, "Chip to use: h100-sxm.", completes="chip",
        synonyms="gpu gpu_type accelerator hardware device tpu"),
    key("chips", "Machine", SHAPED, quantity("chip", 1, 1e9), "Chips used at once: 16384.",
        synonyms="gpus num_gpus n_gpus gpu_count num_chips accelerators"),
    key("precision", "Machine", SHAPED, choice(*SERVED_PRECISIONS),
        "Number format; below 16 bits mostly for serving.",
        synonyms="dtype quantization quantisation"),
    key("kv_precision", "Machine", "inference", choice(*KV_PRECISIONS),
        "Number format of the cache.",
        synonyms="kv_cache_dtype kv_dtype"),
    key("engine", "Machine", "inference", choice(*SERVING_ENGINES),
        "Software that serves it. [default: not known]",
        synonyms="backend framework server runtime"),
    key("speculative", "Machine", "inference", SWITCH,
        "Several tokens a step, by prediction layers (MTP) or a draft model.",
        synonyms="mtp speculative_decoding"),
    key("prompts", "Machine", "inference", choice(*PROMPTS),
        "Read on the chips that write, or apart. [default: what costs less]",
        synonyms="disaggregated prefill"),
    key("mfu", "Machine", "pretrain", quantity("%", 1e-4, 1),
        "Whole-run MFU of the BF16 peak: 35%.",
        synonyms="efficiency model_flops_utilization"),
    key("measured", "Machine", "pretrain posttrain inference backtest", PATH,
        "A CSV file of own measurements. Steps, runs, phases, services or devices; its columns are "
        "in catalogue tables.",
        synonyms="benchmark benchmarks measurements"),
    key("batch", "Machine", "pretrain", quantity("token", 1, 1e12), "Tokens per step: 16M.",
        synonyms="batch_size global_batch_size"),
    key("deadline", "Machine", "pretrain posttrain", quantity("day", 0.01),
        "Find the chips for: '90 days'.",
        synonyms="days duration time wall_time"),
    key("own_chips", "Machine", STAGE, CHIPS, "Chips that are there already: '300 h100'.",
        synonyms="own_gpus existing_gpus"),
    key("tp", "Plan", "pretrain", WAYS, "Tensor-parallel ways.",
        synonyms="tensor_parallel tensor_parallel_size"),
    key("pp", "Plan", "pretrain", WAYS, "Pipeline stages.",
        synonyms="pipeline_parallel pipeline_parallel_size"),
    key("vpp", "Plan", "pretrain", WAYS, "Virtual stages of each."),
    key("cp", "Plan", "pretrain", WAYS, "Context-parallel ways.",
        synonyms="context_parallel context_parallel_size"),
    key("ep", "Plan", "pretrain", WAYS, "Expert-parallel ways.",
        synonyms="expert_parallel expert_parallel_size"),
    key("zero", "Plan", "pretrain", integer(1, 3), "ZeRO stage: 1, 2 or 3.",
        synonyms="zero_stage"),
    key("micro_batch", "Plan", "pretrain", WAYS, "Sequences per micro-batch."),
    key("recompute", "Plan", "pretrain", choice(*RECOMPUTE), "Activations computed again.",
        synonyms="gradient_checkpointing activation_checkpointing"),
    key("sites", "Sites", "pretrain", integer(1, 100_000),
        "Sites that train together over slow links."),
    key("site_chips", "Sites", "pretrain", integer(1, 10_000_000), "Chips at each site."),
    key("uplink", "Sites", "pretrain", quantity("bit/s", 1), "Link of each site: '110 Mbit/s'."),
    key("inner_steps", "Sites", "pretrain", quantity("x", 1, 1e6),
        "Steps between exchanges: 100."),
    key("bits", "Sites", "pretrain", quantity("x", 1e-3, 64),
        "Bits sent per parameter and exchange: 8."),
    key("streaming", "Sites", "pretrain", SWITCH, "Exchange while computing goes on."),
    # --- recipe and data ------------------------------------------------------------------------
    key("recipe", "Recipe", "pretrain posttrain compare", TEXT,
        "How it is post-trained. One of catalogue recipes. [default: chat; with --method lora "
        "adapter; of pretrain compute-share]",
        completes="recipe"),
    key("method", "Recipe", "posttrain", choice(*METHODS),
        "lora or qlora train adapters, full every weight. [default: the recipe's]",
        synonyms="peft lora qlora adapter adapters finetuning"),
    key("optimizer", "Recipe", "posttrain", choice(*OPTIMIZERS),
        "adamw, adamw-8bit, or offloaded to the host's memory. [default: adamw]",
        synonyms="optimiser offload adam"),
    key("phase", "Recipe", "pretrain posttrain", LIST,
        "Change a phase: sft.examples=50k. May be repeated.",
        synonyms="examples steps rollouts pairs labels"),
    key("source", "Data", PREPARED, LIST,
        "Tokens of a source: web:15T. May be repeated: common-crawl:15T.",
        synonyms="dataset data"),
    key("licence", "Data", PREPARED, LIST, "A deal: 60M/year, news=5M/year. May be repeated.",
        synonyms="license"),
    key("mix", "Data", PREPARED, TEXT, "Shares of a published mix: olmo-3, llama-1."),
    # --- views ----------------------------------------------------------------------------------
    key("by", "Views", "inference", LIST,
        "Show what moves the cost. May be repeated.", completes="service-view"),
    key("by", "Views", "posttrain", LIST,
        "Published shares of pre-training's compute, and dollars.", completes="recipe-view"),
    key("break_even", "Views", "inference", SWITCH, "What repays --development at --price."),
    key("development", "Views", "inference", quantity("USD", 0),
        "What the model cost to make: '$100M'."),
    key("demand_growth", "Views", "inference", quantity("x", 0.01, 1000),
        "Growth of the demand a year: 2x."),
    key("price_decline", "Views", "inference", quantity("x", 0.1, 10_000),
        "How many times cheaper tokens get a year: 3x. [default: as they did, 10x]"),
    # --- the ladder and levers -----------------------------------------------------------------
    way("why", "Model", "compare", SWITCH,
        "Of two or more: what makes the difference, one change after the other."),
    way("all", "Whom", "compare", SWITCH, "Every actor, not the categories."),
    way("category", "Whom", "compare", TEXT, "Every actor of one category: nonprofit.",
        completes="category"),
    way("people", "Whom", "compare", quantity("person", 1, 1e10),
        "Whom `use` and `run` serve: 40. [default: those of each actor; 1 for --budget]",
        synonyms="users staff employees"),
    way("rung", "Ladder", "compare", LIST,
        "Ask about a rung alone; may be repeated.", completes="rung",
        synonyms="path pathway"),
    way("frontier", "Ladder", "compare", TEXT,
        "Whom to lead with: a model, or a year by trend: 2028. [default: the leader of --date]"),
    way("done", "Ladder", "compare", SWITCH, "List who has done it, with sources."),
    key("history", "Ladder", "compare", SWITCH,
        "Then and now. What it took to lead, follow and reach a level; --years names the years."),
    way("years", "Ladder", "compare", TEXT,
        "When, by trends: 2024..2032. Or years by name: 2021,2024."),
    key("returns", "Ladder", "compare", SWITCH,
        "What ten times the compute bought. And what else did."),
    way("cost", "Ladder", "compare", quantity("USD", 0), "Count who can spend a sum: '$30M'."),
    key("grant", "Levers", "compare", quantity("USD", 0), "Money added to each actor: '$10M'.",
        synonyms="funding"),
    key("free_chips", "Levers", "compare", CHIPS, "Chips lent to each for a year: '500 h100'.",
        synonyms="free_gpus"),
    key("pool", "Levers", "compare", TEXT, "Actors that pool their money: ai2,princeton."),
    key("subsidy", "Levers", "compare", quantity("%", 0, 1), "Share of cost paid: 30%."),
    key("open_weights", "Levers", "compare", choice("free", "forbidden", "no"),
        "For every use, whatever their licence; or none: one has to make them.",
        spellings=("--open-weights", "--open-base"), synonyms="weights"),
    key("export_rule", "Levers", f"{STAGE} compare", choice("links", "compute"),
        "Chips cut at the same price. Links as the H800's, or compute as the H20's.",
        synonyms="export_control export ban"),
    # --- price ----------------------------------------------------------------------------------
    key("basis", "Price", STAGE, choice(*BASES),
        "How chips are paid. Rent, value lost, full cost, the cluster's price. [default: rent]"),
    key("basis", "Price", "compare", choice(*BASES),
        "How chips are paid. [default: each rung's own; of a model rent]"),
    key("programme", "Price", "pretrain posttrain", choice(*PROGRAMMES),
        "Research around the run. A follower's, an explorer's, or none. [default: follower]",
        synonyms="program scope"),
    key("programme", "Price", "compare", choice(*PROGRAMMES),
        "Research around the run. [default: each rung's own; of a model follower]",
        synonyms="program scope"),
    key("vendor", "Price", f"{STAGE} compare", choice(*TIERS),
        "Whom chips are rented from. [default: specialist]",
        synonyms="provider cloud"),
    key("commitment", "Price", f"{STAGE} compare", choice(*COMMITMENTS),
        "For how long chips are rented. [default: the cheapest for a project of a year]",
        synonyms="term contract reservation"),
    key("price", "Price", "dataprep pretrain posttrain compare", quantity("USD/chip-hour", 0),
        "Price of a chip-hour: '$2.50/h'.",
        synonyms="rate hourly_rate gpu_price chip_price cost_per_hour"),
    key("price", "Price", "inference", quantity("USD/chip-hour", 0),
        "Of a chip-hour, '$2.50/h', or of tokens sold, '$10/Mtok'; may be repeated.",
        repeats=True,
        synonyms="rate hourly_rate gpu_price chip_price cost_per_hour"),
    key("token_price", "Price", "inference", quantity("USD/token", 0),
        "Price of tokens sold: '$10/Mtok'.", is_flag=False),
    key("electricity_price", "Price", STAGE, quantity("USD/kWh", 0),
        "Price of electricity: '0.09 USD/kWh'.",
        synonyms="electricity power_price energy_price"),
    key("grid", "Price", STAGE, TEXT, "Country of the electricity, for its emissions: FR.",
        synonyms="country carbon carbon_intensity co2 emissions electricity_mix location"),
    key("pay", "Price", f"{TRAINED} inference", choice(*PAY), "Level of the pay of staff."),
    key("without", "Price", f"{TRAINED} inference", LIST,
        "Leave out a line of the bill: staff, 'Spare chips'; repeatable.",
        synonyms="exclude"),
    key("indirect", "Price", TRAINED, quantity("%", 0, 1), "A grant's indirect costs: 55%."),
    key("years", "Price", TRAINED, integer(1, 50), "Spread the total as cash over so many years."),
    key("date", "Price", f"{STAGE} compare", DATE, "Date of the prices: 2026-11.",
        synonyms="when price_date as_of"),
    # --- verdict --------------------------------------------------------------------------------
    key("budget", "Verdict", f"{STAGE} compare", MONEY, "Money at hand: 5M, 5M/year, '€5M'.",
        synonyms="money funds spend"),
    key("actor", "Verdict", f"{STAGE} compare", LIST,
        "An actor of the catalogue: ai2. May be repeated.", completes="actor",
        synonyms="organization organisation company lab who"),
    way("fail_over_budget", "Verdict", STAGE, SWITCH,
        "Exit 3 if any of them affords it with less than --confidence."),
    way("confidence", "Verdict", STAGE, quantity("%", 1e-6, 1),
        "Probability of fitting that --fail-over-budget and --solve ask for.", default="50%"),
    way("solve", "Verdict", STAGE, choice(*SOLVABLE),
        "What would make it fit, money or --chips and --deadline."),
    way("sensitivity", "Views", STAGE, SWITCH, "Which uncertain inputs drive the cost."),
    # --- check, backtest, catalogue, init -------------------------------------------------------
    way("file", "Check", "check", FILE, "A TOML file of assumptions; see frontiercost init.",
        argument=True),
    way("record", "Check", "check", SWITCH, "Record the totals; changes are measured from them."),
    way("baseline", "Check", "check", FILE,
        "File of recorded totals. [default: beside FILE, its name ending in .baseline.json]"),
    way("today", "Check", "check", DATE,
        "Date that the age of prices counts to. [default: today]"),
    way("exit_zero", "Check", "check", SWITCH, "Exit 0 also when assumptions do not hold."),
    way("stage", "Backtest", "backtest", TEXT,
        "What is tested. [default: all]", argument=True, completes="backtest"),
    way("runs", "Backtest", "backtest", FILE,
        "A CSV file of your own runs or steps, or -."),
    way("kind", "Catalogue", "catalogue", TEXT,
        "A kind of fact; import reads a publisher's file.", argument=True,
        completes="kind"),
    way("name", "Catalogue", "catalogue", TEXT,
        "One entry of that kind; of an import, its publisher: epoch or genai-prices.",
        argument=True),
    way("upstream", "Catalogue", "catalogue", FILE, "The publisher's file that is imported.",
        argument=True),
    way("date", "Catalogue", "catalogue", DATE,
        "When the imported file was published. [default: the newest date in it]"),
    way("revise", "Catalogue", "catalogue", SWITCH,
        "Take newer figures of known models too."),
    way("what", "Init", "init", TEXT,
        "What the file is for. [default: pretrain]", argument=True,
        default="pretrain", completes="starter"),
    way("example", "Init", "examples", TEXT, "The name of an example.", argument=True,
        completes="example"),
    way("force", "Init", "init", SWITCH, "Replace a file that is there."),
    # --- scenario and output --------------------------------------------------------------------
    way("scenario", "Scenario", f"{STAGE} compare", FILE, "A TOML file of inputs."),
    way("set", "Scenario", f"{STAGE} compare", LIST,
        "key=value, also assumptions.ID=value; may be repeated.", completes="key",
        synonyms="override"),
    key("catalogue", "Scenario", f"{STAGE} compare catalogue", PATH,
        "A folder of own facts on top.",
        synonyms="catalog"),
    way("save", "Scenario", STAGE, FILE, "Write the scenario to a TOML file."),
    key("draws", "Scenario", f"{STAGE} backtest", integer(0, MOST_DRAWS),
        "Draws; 0 for the point estimate. [default: 4096]",
        synonyms="samples n_samples simulations iterations"),
    key("draws", "Scenario", "compare", integer(0, MOST_DRAWS),
        "Draws; 0 for the point estimate. [default: 1024; of models 4096]",
        synonyms="samples n_samples simulations iterations"),
    key("seed", "Scenario", f"{STAGE} compare", integer(0, 2**63),
        "Seed of the draws. [default: 0]"),
    way("format", "Output", EVERY, TEXT,
        "How it is written. Of check also github. [default: by the file's ending, else table]",
        completes="format",
        synonyms="json csv output_format"),
    way("output", "Output", f"{EVERY} init schema examples", FILE,
        "Write to a file: report.html. Its ending picks the format; - is stdout; an import fills "
        "a folder.",
        spellings=("--output", "-o"),
        synonyms="out output_file"),
    way("more", "Output", f"{STAGE} compare backtest check", SWITCH,
        "The whole answer. What fits a screen is shown without it.",
        synonyms="long full"),
    way("explain", "Output", f"{STAGE} backtest", SWITCH,
        "Formulas, inputs and sources. Of each line of the bill.",
        synonyms="verbose details"),
    way("explain", "Output", "compare", SWITCH,
        "The command of each rung. Its bill and sources, and whose money is counted.",
        synonyms="verbose details"),
    way("explain", "Output", "check", SWITCH, "Show every name that a condition may read.",
        synonyms="verbose details"),
    way("quiet", "Output", EVERY, integer(), "The answer in a sentence. -qq: only the exit code.",
        spellings=("-q",), counts=True,
        synonyms="silent"),
)
# fmt: on

KEYS = {flag.name: flag for flag in reversed(FLAGS) if flag.is_key}
"""The keys of a scenario, by name."""


def spelled(name: str) -> str:
    """Return how the command line writes a key."""
    flag = KEYS.get(name) or next((flag for flag in FLAGS if flag.name == name), None)
    return flag.spelling if flag else f"--{name.replace('_', '-')}"


def flags_of(command: str, *, stage: bool = False) -> list[Flag]:
    """Return the flags of a command, in the order of the table."""
    return [flag for flag in FLAGS if flag.is_flag and flag.is_of(command, stage=stage)]


def keys_of(command: str) -> frozenset[str]:
    """Return the keys that the command of a stage, or `compare`, reads."""
    is_stage = command != "compare"
    return frozenset(f.name for f in FLAGS if f.is_key and f.is_of(command, stage=is_stage))


def of_ladder(name: str) -> str:
    """Return how to ask with a key that only questions of the ladder read; nothing for others."""
    is_its_own = KEYS[name].commands == {LADDER}
    return f'; a question of the ladder says stage = "{LADDER}"' if is_its_own else ""


def meant(word: str, flags: Iterable[Flag]) -> Flag | None:
    """Return the flag that a word stands for, by a synonym or by likeness; None if by neither."""
    from difflib import get_close_matches

    known = list(flags)
    names = {other: flag for flag in known for other in flag.synonyms.split()}
    names |= {flag.name: flag for flag in known}
    typed = word.strip("-").replace("-", "_").lower()
    close = [typed] if typed in names else get_close_matches(typed, names, n=1, cutoff=LIKE)
    return names[close[0]] if close else None
