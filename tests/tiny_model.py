"""Writes a language model of a few hundred kilobytes with random weights: `python tiny_model.py FILE.gguf`.

It speaks no language, but a real server loads it, counts its tokens and streams what it says. tests/servers.py runs
this file with the Python of an environment of its own, which has numpy and gguf.
"""

import sys
from pathlib import Path

import gguf  # type: ignore[import-not-found]
import numpy

WIDTH, HEADS, LAYERS, HIDDEN, CONTEXT = 64, 2, 2, 128, 8192


def main(path: Path) -> None:
    """Write the model to `path`: always the same one."""
    normal, byte = gguf.TokenType.NORMAL, gguf.TokenType.BYTE
    tokens = [("<unk>", gguf.TokenType.UNKNOWN), ("<s>", gguf.TokenType.CONTROL), ("</s>", gguf.TokenType.CONTROL)]
    tokens += [(f"<0x{number:02X}>", byte) for number in range(256)]
    tokens += [(f"\u2581{word}", normal) for word in ("one", "two", "three", "four", "five", "six")]
    chance = numpy.random.default_rng(7)

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text.encode() for text, _ in tokens])
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([kind for _, kind in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)

    def weights(name: str, *shape: int) -> None:
        writer.add_tensor(f"{name}.weight", chance.normal(0, 0.3, shape).astype(numpy.float32))

    def ones(name: str) -> None:
        writer.add_tensor(f"{name}.weight", numpy.ones(WIDTH, dtype=numpy.float32))

    weights("token_embd", len(tokens), WIDTH)
    for layer in (f"blk.{number}" for number in range(LAYERS)):
        ones(f"{layer}.attn_norm")
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            weights(f"{layer}.{part}", WIDTH, WIDTH)
        ones(f"{layer}.ffn_norm")
        weights(f"{layer}.ffn_gate", HIDDEN, WIDTH)
        weights(f"{layer}.ffn_up", HIDDEN, WIDTH)
        weights(f"{layer}.ffn_down", WIDTH, HIDDEN)
    ones("output_norm")
    last = chance.normal(0, 0.3, (len(tokens), WIDTH)).astype(numpy.float32)
    last[2] *= 2  # the end comes to its mind now and then
    writer.add_tensor("output.weight", last)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
