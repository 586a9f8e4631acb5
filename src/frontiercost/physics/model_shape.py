"""The shape of a transformer, in integers, and the parameters it holds.

P = sum over layers (attention + feed-forward + norms) + embeddings.
Source: Vaswani et al. 2017 (multi-head attention), Shazeer 2019 (multi-query), Ainslie et al. 2023
(grouped-query), DeepSeek-V2 2024 (latent attention, fine-grained experts), Yang et al. 2024
(gated DeltaNet).
"""

from dataclasses import fields

from frontiercost.catalogue.types import Model
from frontiercost.core.frozen import frozen

PROVENANCE = {"source", "at", "note"}  # keys of a shape's entry that say where it is from
COUNTED = {"layers", "hidden", "heads", "kv_heads", "head_dim", "vocab", "ffn_matrices"}
COUNTED |= {"moe_every", "light_compression", "heavy_compression"}
"""Integers that no model has 0 of."""
LARGEST_INTEGER = 10_000_000
MOST_PARAMS = 1e15


@frozen(kw_only=True)
class Architecture:
    """The integers that fix a decoder-only transformer; 0 means "has none" or "as the main one".

    layers = full_attn_layers + local_layers + linear_layers.
    Ignores biases other than those of the query, key and value projections.
    Source: the models' published configuration files.
    """

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int  # query and key width of a head; latent attention: nope + rope
    vocab: int
    ffn: int = 0  # width of the dense feed-forward block
    ffn_matrices: int = 3  # 3 for SwiGLU, 2 for GELU and squared ReLU
    attention: str = "gqa"  # mha | mqa | gqa | mla | dsv4
    v_head_dim: int = 0  # 0: head_dim
    tied_embeddings: bool = False
    qkv_bias: bool = False
    learned_positions: int = 0
    gated_output: bool = False  # a gate as wide as the attention output
    shared_kv: bool = False  # full-attention layers keep one tensor as both key and value
    # latent (low-rank) projections
    q_lora_rank: int = 0
    kv_lora_rank: int = 0
    qk_rope_dim: int = 0
    qk_nope_dim: int = 0
    o_lora_rank: int = 0
    o_groups: int = 0
    # mixture of experts
    experts: int = 0
    experts_per_token: int = 0
    moe_ffn: int = 0
    shared_experts: int = 0  # a dense block beside the experts counts as a shared expert
    shared_ffn: int = 0  # 0: moe_ffn
    first_dense_layers: int = 0
    moe_every: int = 1
    # where attention looks
    full_attn_layers: int = 0  # 0: the layers that are neither local nor linear
    local_layers: int = 0
    sliding_window: int = 0
    chunked_window: bool = False  # local layers see their own chunk, not the last tokens
    local_kv_heads: int = 0
    local_head_dim: int = 0
    local_v_head_dim: int = 0
    light_compression: int = 1  # half of the full layers keep one entry for so many tokens,
    heavy_compression: int = 1  # the other half one for so many
    # learned sparse attention: an indexer scores every token, attention reads the best ones
    indexer_heads: int = 0
    indexer_dim: int = 0
    sparse_topk: int = 0
    # gated linear attention
    linear_layers: int = 0
    linear_key_heads: int = 0
    linear_value_heads: int = 0
    linear_head_dim: int = 0
    linear_conv: int = 0
    # extra blocks that predict further tokens while training; not part of the parameter count
    mtp_layers: int = 0

    def __post_init__(self) -> None:
        self._default("v_head_dim", self.head_dim)
        self._default("local_kv_heads", self.kv_heads)
        self._default("local_head_dim", self.head_dim)
        own_width = self.local_head_dim != self.head_dim
        self._default("local_v_head_dim", self.local_head_dim if own_width else self.v_head_dim)
        self._default("shared_ffn", self.moe_ffn)
        self._default("full_attn_layers", self.layers - self.local_layers - self.linear_layers)
        self._check()

    def _default(self, name: str, value: int) -> None:
        object.__setattr__(self, name, getattr(self, name) or value)

    def _check(self) -> None:
        negative = [f.name for f in fields(self) if f.type is int and getattr(self, f.name) < 0]
        if negative:
            raise ValueError(f"{negative[0]} of an architecture cannot be negative")
        if self.full_attn_layers + self.local_layers + self.linear_layers != self.layers:
            raise ValueError("full, local and linear attention layers must add up to all layers")
        if self.experts and not (0 < self.experts_per_token <= self.experts and self.moe_ffn):
            raise ValueError("a mixture of experts needs moe_ffn and 0 < experts_per_token")
        if self.local_layers and not self.sliding_window:
            raise ValueError("local attention layers need a sliding_window")

    @property
    def moe_layers(self) -> int:
        """Layers whose feed-forward block is a mixture of experts: (L - first dense) / every.

        Source: definition.
        """
        return (self.layers - self.first_dense_layers) // self.moe_every if self.experts else 0


def shape_of(model: Model) -> Architecture | None:
    """The architecture of a catalogued model, or None where its shape is not published.

    Raises ValueError for what no transformer has.  Source: the entry's own, which is not part of
    the architecture.
    """
    if not model.shape:
        return None
    integers = {key: value for key, value in model.shape.items() if key not in PROVENANCE}
    shape = Architecture(**integers)  # type: ignore[arg-type]
    _check_integers(shape)
    return shape


def _check_integers(shape: Architecture) -> None:
    for name in (field.name for field in fields(shape) if field.type is int):
        least, number = int(name in COUNTED), getattr(shape, name)
        if type(number) is not int or not least <= number <= LARGEST_INTEGER:
            raise ValueError(f"{name} must be a whole number from {least} to {LARGEST_INTEGER:,}")
    if shape.first_dense_layers > shape.layers:
        raise ValueError("there cannot be more first_dense_layers than layers")
    if shape.experts_per_token > shape.experts:
        raise ValueError("there cannot be more experts_per_token than experts")
    if total_params(shape) > MOST_PARAMS:
        raise ValueError(
            f"its {total_params(shape):.1e} parameters are more than {MOST_PARAMS:.0e}"
        )


def full_attention_params(arch: Architecture) -> int:
    """Matrix parameters of one full-attention layer.

    GQA: h d (a + g) + h v (a + g); latent: h q + q a d + h (c + r) + c a (n + v) + a v h;
    plus the output gate and the sparse-attention indexer.
    Ignores norms, biases and the key-value compressor of DeepSeek-V4.
    Source: Ainslie et al. 2023; DeepSeek-V2 section 2.1; DeepSeek-V3.2 section 2.
    """
    query = _query_params(arch, arch.head_dim)
    if arch.kv_lora_rank:
        up_projection = arch.heads * (arch.qk_nope_dim + arch.v_head_dim)
        key_value = arch.hidden * (arch.kv_lora_rank + arch.qk_rope_dim)
        key_value += arch.kv_lora_rank * up_projection
    else:
        key_value = arch.hidden * arch.kv_heads * kv_width(arch)
    return query + key_value + _output_params(arch, arch.v_head_dim) + indexer_params(arch)


def local_attention_params(arch: Architecture) -> int:
    """Matrix parameters of one sliding-window layer: h a (d + v) + h g (d + v), local widths.

    Ignores norms and biases.  Source: Ainslie et al. 2023.
    """
    key_value = arch.local_kv_heads * (arch.local_head_dim + arch.local_v_head_dim)
    query = _query_params(arch, arch.local_head_dim)
    return query + arch.hidden * key_value + _output_params(arch, arch.local_v_head_dim)


def linear_attention_params(arch: Architecture) -> int:
    """Matrix parameters of one gated DeltaNet layer: h (2K + 3V + 2 heads) + conv (2K + V).

    K and V are the summed key and value widths; the third V is the output projection, and the
    2 heads are the decay and write-strength projections.
    Ignores norms.  Source: Yang et al. 2024, as configured in Qwen3.5.
    """
    key = arch.linear_key_heads * arch.linear_head_dim
    value = arch.linear_value_heads * arch.linear_head_dim
    projections = arch.hidden * (2 * key + 3 * value + 2 * arch.linear_value_heads)
    return projections + arch.linear_conv * (2 * key + value)


def indexer_params(arch: Architecture) -> int:
    """Matrix parameters of one layer's sparse-attention indexer: q I d + h d + h I.

    I heads of width d; ignores its norm.  Source: DeepSeek-V3.2 report, section 2.
    """
    query_in = arch.q_lora_rank or arch.hidden
    per_head = query_in * arch.indexer_dim + arch.hidden
    return arch.indexer_heads * per_head + arch.hidden * arch.indexer_dim


def attention_params(arch: Architecture) -> int:
    """Attention matrix parameters of the whole model: sum of full, local and linear layers.

    Ignores norms and biases.  Source: definition.
    """
    full = arch.full_attn_layers * full_attention_params(arch)
    local = arch.local_layers * local_attention_params(arch)
    return full + local + arch.linear_layers * linear_attention_params(arch)


def kv_width(arch: Architecture) -> int:
    """Elements kept per key-value head in a full layer: d + v, or d when key and value are one.

    Source: Ainslie et al. 2023.
    """
    return arch.head_dim if arch.shared_kv else arch.head_dim + arch.v_head_dim


def dense_ffn_params(arch: Architecture) -> int:
    """Matrix parameters of one dense feed-forward block: k h f.  Source: Shazeer 2020 (GLU)."""
    return arch.ffn_matrices * arch.hidden * arch.ffn


def moe_ffn_params(arch: Architecture, experts: int) -> int:
    """Matrix parameters of a mixture block: k h (E f_e + S f_s) + h E_all, for E routed experts.

    E_all is the router's width, at work for every token.  Source: DeepSeekMoE 2024.
    """
    widths = experts * arch.moe_ffn + arch.shared_experts * arch.shared_ffn
    return arch.ffn_matrices * arch.hidden * widths + arch.hidden * arch.experts


def layer_ffn_params(arch: Architecture, experts: int) -> int:
    """Feed-forward parameters of the last layer: a mixture if the model has one, else dense.

    Source: definition.
    """
    return moe_ffn_params(arch, experts) if arch.experts else dense_ffn_params(arch)


def matmul_params(arch: Architecture) -> int:
    """Parameters each token is multiplied with, output head included: attention + top-k FFN + V h.

    Each costs 2 FLOP a token forward. Ignores norms, biases and the input look-up (0 FLOP).
    Source: Kaplan et al. 2020, section 2.1.
    """
    return attention_params(arch) + _ffn_params(arch, arch.experts_per_token) + head_params(arch)


def head_params(arch: Architecture) -> int:
    """Parameters of the output head: V h.  Source: definition."""
    return arch.vocab * arch.hidden


def total_params(arch: Architecture) -> int:
    """All parameters of the main model: attention + all experts + norms + biases + embeddings.

    Ignores multi-token prediction blocks, vision encoders and biases other than q, k, v.
    Source: Kaplan et al. 2020, section 2.1; DeepSeek-V3 section 4.2.
    """
    embeddings = head_params(arch) * (1 if arch.tied_embeddings else 2)
    body = attention_params(arch) + _ffn_params(arch, arch.experts) + _vector_params(arch)
    return body + embeddings + arch.learned_positions * arch.hidden


def active_params(
    arch: Architecture, *, input_embedding: bool = True, output_head: bool = True
) -> int:
    """Parameters that work for one token, under the publisher's convention for embeddings.

    N_active = attention + top-k experts + norms + V h [head] + V h [look-up, if not tied].
    Publications count both, the head only, or neither: all three are available.
    Source: DeepSeek-V3, Qwen3 and MiniMax-M2 model cards (three conventions).
    """
    head = head_params(arch) * output_head
    look_up = head_params(arch) * (input_embedding and not (arch.tied_embeddings and output_head))
    body = attention_params(arch) + _ffn_params(arch, arch.experts_per_token)
    return body + _vector_params(arch) + head + look_up


def _query_params(arch: Architecture, head_dim: int) -> int:
    """h a d, or h q + q a d through a latent of rank q."""
    into = arch.q_lora_rank or arch.hidden
    down = arch.hidden * arch.q_lora_rank
    return down + into * arch.heads * head_dim


def _output_params(arch: Architecture, v_head_dim: int) -> int:
    """a v h (twice with a gate), or a v o + G o h through G groups of rank o."""
    width = arch.heads * v_head_dim
    if arch.o_lora_rank:
        return width * arch.o_lora_rank + arch.o_groups * arch.o_lora_rank * arch.hidden
    return width * arch.hidden * (2 if arch.gated_output else 1)


def _ffn_params(arch: Architecture, experts: int) -> int:
    """Feed-forward parameters of the model with this many routed experts counted."""
    dense_layers = arch.layers - arch.moe_layers
    return dense_layers * dense_ffn_params(arch) + arch.moe_layers * moe_ffn_params(arch, experts)


def _vector_params(arch: Architecture) -> int:
    """Two norms a layer, one at the end, and the q, k, v biases where there are any."""
    bias_width = (arch.heads + arch.kv_heads) * arch.head_dim + arch.kv_heads * arch.v_head_dim
    biases = arch.layers * bias_width * arch.qkv_bias
    return (2 * arch.layers + 1) * arch.hidden + biases
