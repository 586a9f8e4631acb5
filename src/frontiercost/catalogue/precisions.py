"""Number formats that chips compute in, and the fact of a chip that holds its peak in each."""

PEAKS = {"fp16": "peak_bf16", "bf16": "peak_bf16", "fp8": "peak_fp8", "fp4": "peak_fp4"}
PRECISIONS = tuple(PEAKS)
