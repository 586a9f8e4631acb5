"""Names of what fine-tuning trains, and of where and in what format its optimiser keeps states."""

FULL, LORA, QLORA = METHODS = ("full", "lora", "qlora")
"""Every weight, adapters beside weights in BF16, or beside weights in 4 bits."""
ADAMW, ADAMW_8BIT, OFFLOADED = OPTIMIZERS = ("adamw", "adamw-8bit", "offloaded")
"""States in FP32, moments in 8 bits, or states in FP32 in the host's memory."""
ALL_LINEAR, ATTENTION = TARGETS = ("all-linear", "attention")
"""Which matrices have adapters: those of every block, or of attention alone."""
