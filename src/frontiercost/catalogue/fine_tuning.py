"""Names of what post-training trains, where its optimiser keeps states, and who waits for whom."""

FULL, LORA, QLORA = METHODS = ("full", "lora", "qlora")
"""Every weight, adapters beside weights in BF16, or beside weights in 4 bits."""
ADAMW, ADAMW_8BIT, OFFLOADED = OPTIMIZERS = ("adamw", "adamw-8bit", "offloaded")
"""States in FP32, moments in 8 bits, or states in FP32 in the host's memory."""
ALL_LINEAR, ATTENTION = TARGETS = ("all-linear", "attention")
"""Which matrices have adapters: those of every block, or of attention alone."""
COLOCATED, SPLIT, SPLIT_SYNCHRONOUS, STREAM = MODES = (
    "colocated",
    "split",
    "split-synchronous",
    "stream",
)
"""Sampling and training of an RL step: in turn on all chips, apart and overlapped, apart in turn,
or without end."""
