"""A small Llama in plain PyTorch, with Hugging Face's names, and its folder."""
import json
import struct

import torch
from torch import nn
from torch.nn import functional as F

from byte_pairs import write


class Norm(nn.Module):
    def __init__(self, width, eps=1e-5):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            setattr(self, name, nn.Linear(width, width, bias=False))

    def forward(self, x, cos, sin):
        batch, length, width = x.shape
        q, k, v = (f(x).view(batch, length, self.heads, -1).transpose(1, 2) for f in (self.q_proj, self.k_proj, self.v_proj))
        q, k = (y * cos + torch.cat((-y[..., y.shape[-1] // 2 :], y[..., : y.shape[-1] // 2]), -1) * sin for y in (q, k))
        scores = q @ k.transpose(-2, -1) / (width // self.heads) ** 0.5
        scores = scores + torch.full((length, length), float("-inf")).triu(1)
        return self.o_proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, width))


class Mlp(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.gate_proj, self.up_proj = nn.Linear(width, inner, bias=False), nn.Linear(width, inner, bias=False)
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.self_attn, self.mlp = Attention(width, heads), Mlp(width, inner)
        self.input_layernorm, self.post_attention_layernorm = Norm(width), Norm(width)

    def forward(self, x, cos, sin):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Model(nn.Module):
    def __init__(self, vocabulary, width, layers, heads, inner):
        super().__init__()
        self.embed_tokens = nn.Embedding(vocabulary, width)
        self.layers = nn.ModuleList(Layer(width, heads, inner) for _ in range(layers))
        self.norm = Norm(width)


class Llama(nn.Module):
    """Embeddings are tied: the output layer is the embedding itself."""

    def __init__(self, vocabulary=1024, width=128, layers=4, heads=4, inner=352, positions=512):
        super().__init__()
        self.size = {"vocabulary": vocabulary, "width": width, "layers": layers, "heads": heads, "inner": inner}
        self.positions = positions
        self.model = Model(**self.size)
        for weight in self.parameters():
            if weight.dim() > 1:
                nn.init.normal_(weight, std=0.02)
        half = width // heads // 2
        angles = torch.arange(positions)[:, None] / 10_000 ** (torch.arange(half) / half)
        self.cos, self.sin = (torch.cat((f, f), -1) for f in (angles.cos(), angles.sin()))

    def forward(self, tokens):
        length = tokens.shape[1]
        x = self.model.embed_tokens(tokens)
        for layer in self.model.layers:
            x = layer(x, self.cos[:length], self.sin[:length])
        return F.linear(self.model.norm(x), self.model.embed_tokens.weight)

    def loss(self, tokens):
        """The mean over all positions but the last, in nats."""
        return F.cross_entropy(self(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())

    def save(self, folder, end):
        size = self.size
        write(folder / "config.json", {
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": size["vocabulary"], "hidden_size": size["width"],
            "intermediate_size": size["inner"], "num_hidden_layers": size["layers"], "num_attention_heads": size["heads"],
            "num_key_value_heads": size["heads"], "max_position_embeddings": self.positions, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
            "hidden_act": "silu", "tie_word_embeddings": True, "initializer_range": 0.02, "eos_token_id": end, "torch_dtype": "float32",
        })  # fmt: skip
        write_safetensors(folder / "model.safetensors", self.state_dict())


def write_safetensors(path, tensors):
    header, place = {}, 0
    for name, tensor in sorted(tensors.items()):
        end = place + 4 * tensor.numel()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [place, end]}
        place = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, tensor in sorted(tensors.items()):
            file.write(tensor.detach().contiguous().numpy().tobytes())
