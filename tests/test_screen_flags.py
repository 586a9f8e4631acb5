"""Whatever is asked for by a flag is seen on the screen: an answer with it is another text."""

import pytest

ASKED = {
    "pretrain llama-3.1-8b": (
        "--params 9B|--tokens 3T|--as-built|--chip h200|--chips 512|--precision fp8|--mfu 30%|"
        "--batch 8M|--deadline 90days|--own-chips 300 h100|--recipe chat|--tp 8|--zero 3|"
        "--source web:15T|--licence 60M/year|--price 3/h|--commitment 3y|--vendor hyperscaler|"
        "--grid FR|--pay startup|--without staff|--indirect 20%|--years 3|--date 2025-06|"
        "--budget 5M|--actor ai2|--basis own|--programme final-run"
    ),
    "posttrain llama-3.1-8b": (
        "--chip h200|--chips 64|--deadline 60days|--recipe reasoning|--method lora|"
        "--optimizer adamw-8bit|--phase sft.examples=50k|--price 3/h|--commitment 3y|--grid FR|"
        "--pay startup|--without staff|--indirect 20%|--years 3|--date 2025-06|--budget 5M|"
        "--basis own|--programme final-run"
    ),
    "inference llama-3.1-8b": (
        "--input-tokens 3k|--output-tokens 900|--reasoning-tokens 4k|--context 64k|--cache-hit 60%|"
        "--requests 2M/day|--bought|--tokens-per-second 60|--ttft 0.3s|--utilisation 60%|"
        "--chip h200|--precision bf16|--kv-precision fp8|--engine vllm|--speculative|"
        "--own-chips 8 h100|--commitment 3y|--vendor hyperscaler|--grid FR|--pay academic|"
        "--date 2025-06|--budget 5M|--actor ai2|--basis own|--price-decline 3x"
    ),
    "dataprep --tokens 1T": (
        "--licence 60M/year|--mix llama-1|--price 3/h|--grid FR|--pay startup|"
        "--indirect 20%|--years 3|--date 2025-06|--budget 5M|--actor ai2|--basis own"
    ),
}


@pytest.mark.parametrize("question", ASKED)
def test_every_flag_shows_on_the_screen(run, question, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    plain = run(*question.split(), "--draws", "64").out
    assert plain
    unseen = []
    for flag in ASKED[question].split("|"):
        found = run(*question.split(), "--draws", "64", *flag.split(" ", 1))
        assert found.code == 0, f"{flag}: {found.err}"
        if found.out == plain:
            unseen.append(flag)
    assert not unseen
