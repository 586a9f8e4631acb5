"""What facts are called in a sentence: those that carry answers, and a rule for all others."""

WORDS = {
    "experiments_follower": "what a follower's experiments take",
    "experiments_explorer": "what an explorer's experiments take",
    "run_steps_dense": "how fast steps of such runs are",
    "run_steps_mixture": "how fast steps of such runs are",
    "server_steps_dense": "how fast its steps are",
    "server_steps_mixture": "how fast its steps are",
    "run_goodput": "what a run keeps of its steps' speed",
    "server_run_goodput": "what a run keeps of its steps' speed",
    "runs_chip_unknown_dense": "how a run does on a chip nobody measured",
    "pools_dense": "how much of the peak such runs reach",
    "pools_mixture": "how much of the peak such runs reach",
    "average_draw": "how much of their power chips draw",
    "average_draw_tpu": "how much of their power chips draw",
    "derived_shape_error_short": "what a shape guessed from counts errs by",
    "derived_shape_error_long": "what a shape guessed from counts errs by",
    "ocr_rate": "how fast a chip reads pages",
    "overhead_rate": "what offices and advice add to staff",
    "owned_utilisation": "how busy owned chips are",
    "unique_tokens": "how many unique tokens there are",
    "tokens_per_page": "how many tokens a page holds",
    "raw_bytes": "how much text has to be read",
    "serving_utilisation": "how busy the chips are",
    "request_input_tokens": "the length of a request",
    "request_output_tokens": "the length of an answer",
    "response_length_reasoning": "the length of reasoning",
    "network_share": "what the network adds to the chips",
    "storage_share": "what storage adds to the chips",
    "contributors_reference": "how many people it takes",
    "contributors_exponent": "how people grow with compute",
    "fte_per_contributor": "how much of their time people give",
    "chip_life": "how long chips last",
    "project_time": "how long the project takes",
    "comparison_price": "what a comparison costs",
    "ai_comparison_price": "what a comparison by a model costs",
    "demonstration_price": "what a demonstration costs",
    "expert_hour_price": "what an expert's hour costs",
    "rl_task_price": "what a task for RL costs",
    "environment_price": "what an environment for RL costs",
    "posttraining_project_time": "how long the project takes",
    "posttraining_contributors": "how many people it takes",
    "contributors": "how many people it takes",
    "posttraining_ratio": "how much of pre-training such phases take",
    "service_people": "how many people run it",
    "rental_extras_specialist": "what cloud extras add to rented chips",
    "rental_extras_hyperscaler": "what cloud extras add to rented chips",
    "rental_extras_marketplace": "what cloud extras add to rented chips",
    "staff_salary": "what people are paid",
    "staff_equity": "what people get in shares",
    "staff_cost_startup": "what people cost",
    "staff_cost_academic": "what people cost",
    "staff_cost_frontier": "what people cost",
    "curation_per_source": "how long a source takes to curate",
    "curation_per_ready_source": "how long a ready one takes",
}
"""By the last part of a path."""
ERRORS_OF = {
    "posttraining": "how predictions of post-training err",
    "serving": "how predictions of {} err",
    "step": "how predictions of a step err",
    "runs": "how predictions of runs err",
}
"""By the first word of the name of an error."""
SERVED = {
    "request_throughput": "requests a second",
    "tpot": "the time of a token",
    "ttft": "the wait for the first token",
    "decode": "tokens a second",
    "prefill": "reading prompts",
}
"""What is predicted of a service, by how the name of its error goes on."""
ACRONYMS = {"cpu", "flop", "fte", "it", "mfu", "ocr", "pue", "rl", "tpu"}
PRICES = {"rental": "rent", "purchase": "price", "value": "kept value"}


def fact_words(path: str) -> str:
    """Return what a fact is called: by its own words, by its kind, else by its name."""
    folder, *rest = path.split("/")
    name = rest[-1] if rest else folder
    plain = " ".join(w.upper() if w in ACRONYMS else w for w in name.split("_"))
    if name in WORDS:
        return f"{WORDS[name]} ({rest[0]})" if folder == "data" else WORDS[name]
    if name.startswith(("posttraining-", "serving_error", "step_", "runs_")):
        words = ERRORS_OF[name.replace("-", "_").partition("_")[0]]
        what = name.removeprefix("serving_error_")
        return words.format(
            next((s for key, s in SERVED.items() if what.startswith(key)), "serving")
        )
    return _by_folder(folder, rest, plain) if len(rest) > 1 else f"the {plain}"


def _by_folder(folder: str, rest: list[str], plain: str) -> str:
    """Return what a fact of one thing is called: a price, of a model, of a recipe's phase."""
    whose = rest[-2].replace("-", " ")
    if whose == "labels":
        return f"how many labels of {plain} it takes"
    return {
        "prices": f"the {PRICES.get(rest[0], 'price')} of {rest[1]}",
        "models": f"the {plain} of {rest[0]}",
        "chips": f"the {plain} of {rest[0]}",
        "data": f"the {plain} of {rest[0]}",
        "recipes": f"the {plain} of {whose}",
    }.get(folder, f"the {plain}")
