"""Number formats that chips compute in, and the fact of a chip that holds its peak in each."""

PEAKS = {"fp16": "peak_bf16", "bf16": "peak_bf16", "fp8": "peak_fp8", "fp4": "peak_fp4"}
PRECISIONS = tuple(PEAKS)
GGUF_BITS = {
    "q2_k": 3.16,
    "q3_k_s": 3.64,
    "q3_k_l": 4.30,
    "iq4_xs": 4.46,
    "q4_k_s": 4.67,
    "q4_k_m": 4.89,
    "q5_k_s": 5.57,
    "q5_k_m": 5.70,
    "q6_k": 6.56,
    "q8_0": 8.50,
    "f16": 16.0,
}
"""Bits of a weight in llama.cpp's files, averaged over all tensors, embeddings included.

Source: llama.cpp, tools/quantize/README.md, Llama 3.1 8B.
"""
INTEGER_BITS = {"int8": 8.0, "int4": 4.16, "awq": 4.16, "gptq": 4.16}
"""Bits of a weight of a matrix with a 16-bit scale and a 4-bit zero for every 128 of 4 bits.

Embeddings stay in BF16.  Source: Lin et al. 2023 (AWQ), Frantar et al. 2022 (GPTQ), group 128.
"""
SERVED_PRECISIONS = (*PRECISIONS, "mxfp4", *INTEGER_BITS, *GGUF_BITS)
"""What weights are served in; those of few bits are computed with in 16."""
