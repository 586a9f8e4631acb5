"""What facts are called in a sentence: those that carry answers, and a rule for all others."""

WORDS = {
    "experiments_follower": "what a follower's experiments take",
    "experiments_explorer": "what an explorer's experiments take",
    "runs_dense": "how much of its plan a run achieves",
    "runs_mixture": "how much of its plan a run achieves",
    "runs_chip_unknown_dense": "how a run does on a chip nobody measured",
    "pools_dense": "how much of the peak such runs reach",
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
    "posttraining-short": "the pace of short runs",
    "posttraining-colocated": "the pace of sampling and training",
    "posttraining-offline": "the pace of sampling",
}
"""By the last part of a path."""
PRICES = {"rental": "rent", "purchase": "price", "value": "kept value"}


def fact_words(path: str) -> str:
    """Return what a fact is called: by its own words, by its kind, else by its name."""
    folder, *rest = path.split("/")
    if rest and rest[-1] in WORDS:
        return WORDS[rest[-1]]
    if folder == "prices" and len(rest) > 1:
        return f"the {PRICES.get(rest[0], 'price')} of {rest[1]}"
    name = rest[-1] if rest else folder
    plain = name.replace("_", " ")
    if folder in ("models", "chips") and len(rest) > 1:
        return f"the {plain} of {rest[0]}"
    if folder == "recipes" and len(rest) > 1:
        return f"{plain} of {rest[-2].replace('-', ' ')}"
    return plain
