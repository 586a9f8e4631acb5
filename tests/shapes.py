"""Shapes of usual models from the numbers that papers print."""

from frontiercost.physics.blocks.attention import Attention
from frontiercost.physics.blocks.dense import Dense
from frontiercost.physics.blocks.latent_attention import LatentAttention
from frontiercost.physics.blocks.mixture import Mixture
from frontiercost.physics.model_shape import Architecture


def transformer(*, layers, hidden, heads, vocab, ffn=0, plain=False, **more):
    """As many dense layers of multi-head attention, unless told otherwise."""
    attention = {"head_dim": hidden // heads, "kv_heads": heads}
    attention |= {key: more.pop(key) for key in (*attention, "qkv_bias") if key in more}
    block = Dense(count=layers, width=ffn, products=2 if plain else 3)
    own = {
        "mixers": (Attention(count=layers, heads=heads, **attention),),
        "feed_forwards": (block,) if ffn else (),
    }
    return Architecture(hidden=hidden, vocab=vocab, **own | more)


def deepseek(x):
    """Latent attention; some dense layers, then mixtures with shared experts."""
    latent = LatentAttention(
        count=x["L"],
        heads=x["heads"],
        q_rank=x["q_rank"],
        kv_rank=x["kv_rank"],
        nope_dim=x["nope"],
        rope_dim=x["rope"],
        v_head_dim=x["v"],
    )
    mixture = Mixture(
        count=x["L"] - x["dense_layers"],
        experts=x["experts"],
        experts_per_token=x["topk"],
        width=x["moe_ff"],
        shared_width=x["shared"] * x["moe_ff"],
    )
    dense = Dense(count=x["dense_layers"], width=x["ff"])
    return Architecture(
        hidden=x["h"], vocab=x["V"], mixers=(latent,), feed_forwards=(dense, mixture)
    )
