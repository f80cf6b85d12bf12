"""Decoders of the Hugging Face layout in plain PyTorch, one line of JSON in, one out. It shares no code with gpu-worker: files are taken
apart by numpy, everything is computed in float64, one head and one example after the other, from the papers' formulas.

  {"make": FOLDER, "config": {...}, "shards": N, "seed": N}          writes a random model, biases and norms random too
  {"forward": FOLDER, "ids": [[...]], "gradients": true, "adapter": FOLDER or null}
      logits of every example by itself; gradients of each example's summed next-token loss, by name
  {"transformers": FOLDER, "ids": [[...]], "adapter": FOLDER or null}
      logits by Hugging Face's own library, in float32; "missing" where it is not installed
"""
import json
import math
import pathlib
import struct
import sys

import numpy
import torch

KINDS = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            raw = numpy.frombuffer(data[8 + length + begin : 8 + length + end], KINDS[entry["dtype"]])
            if entry["dtype"] == "BF16":
                raw = (raw.astype(numpy.uint32) << 16).view(numpy.float32)
            tensors[name] = torch.tensor(raw.astype(numpy.float64)).reshape(entry["shape"])
    return tensors


def write_safetensors(path, tensors, kind):
    header, blobs, offset = {}, [], 0
    for name, values in tensors.items():  # in the order of making, unlike gpu-worker's
        blob = values.astype(KINDS[kind]).tobytes()
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def names_and_shapes(config):
    family = config["architectures"][0]
    if family == "GPT2LMHeadModel":
        d, f = config["n_embd"], config.get("n_inner") or 4 * config["n_embd"]
        yield "transformer.wte.weight", (config["vocab_size"], d)
        yield "transformer.wpe.weight", (config["n_positions"], d)
        for i in range(config["n_layer"]):
            at = f"transformer.h.{i}."
            for norm in ("ln_1", "ln_2"):
                yield at + norm + ".weight", (d,)
                yield at + norm + ".bias", (d,)
            for name, rows, columns in (("attn.c_attn", d, 3 * d), ("attn.c_proj", d, d), ("mlp.c_fc", d, f), ("mlp.c_proj", f, d)):
                yield at + name + ".weight", (rows, columns)
                yield at + name + ".bias", (columns,)
        yield "transformer.ln_f.weight", (d,)
        yield "transformer.ln_f.bias", (d,)
        return
    d, f, h = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"]
    g = config.get("num_key_value_heads", h)
    e = config.get("head_dim") or d // h
    qkv_bias = family == "Qwen2ForCausalLM" or config.get("attention_bias", False)
    o_bias = family != "Qwen2ForCausalLM" and config.get("attention_bias", False)
    yield "model.embed_tokens.weight", (config["vocab_size"], d)
    for i in range(config["num_hidden_layers"]):
        at = f"model.layers.{i}."
        yield at + "input_layernorm.weight", (d,)
        yield at + "post_attention_layernorm.weight", (d,)
        for name, rows, columns, bias in (
            ("self_attn.q_proj", h * e, d, qkv_bias),
            ("self_attn.k_proj", g * e, d, qkv_bias),
            ("self_attn.v_proj", g * e, d, qkv_bias),
            ("self_attn.o_proj", d, h * e, o_bias),
            ("mlp.gate_proj", f, d, config.get("mlp_bias", False)),
            ("mlp.up_proj", f, d, config.get("mlp_bias", False)),
            ("mlp.down_proj", d, f, config.get("mlp_bias", False)),
        ):
            yield at + name + ".weight", (rows, columns)
            if bias:
                yield at + name + ".bias", (rows,)
        if family == "Qwen3ForCausalLM":
            yield at + "self_attn.q_norm.weight", (e,)
            yield at + "self_attn.k_norm.weight", (e,)
    yield "model.norm.weight", (d,)
    if not config.get("tie_word_embeddings", False):
        yield "lm_head.weight", (config["vocab_size"], d)


def make(question):
    folder, config = pathlib.Path(question["make"]), question["config"]
    random, tensors = numpy.random.RandomState(question["seed"]), {}
    for name, shape in names_and_shapes(config):
        values = random.randn(*shape)
        tensors[name] = 1 + 0.3 * values if "norm" in name or ".ln_" in name else values * (0.3 if len(shape) == 1 else shape[-1] ** -0.5)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    shards = [list(tensors)[i :: question["shards"]] for i in range(question["shards"])]
    where = {}
    for i, names in enumerate(shards):
        file = "model.safetensors" if len(shards) == 1 else f"model-{i + 1:05}-of-{len(shards):05}.safetensors"
        write_safetensors(folder / file, {name: tensors[name] for name in names}, question.get("kind", "F32"))
        where.update({name: file for name in names})
    if len(shards) > 1:
        (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": where}))
    return {}


def load(folder):
    tensors = {}
    for path in sorted(pathlib.Path(folder).glob("*.safetensors")):
        tensors.update(read_safetensors(path))
    return json.loads((pathlib.Path(folder) / "config.json").read_text()), tensors


class Weights:
    """Weights by name, with an adapter's products added to those it is beside."""

    def __init__(self, tensors, adapter, transposed):
        self.tensors, self.transposed, self.leaves = tensors, transposed, dict(tensors)
        self.scale, self.low = 0.0, {}
        if adapter:
            settings = json.loads((pathlib.Path(adapter) / "adapter_config.json").read_text())
            root = math.sqrt(settings["r"]) if settings["use_rslora"] else settings["r"]
            self.scale = settings["lora_alpha"] / root
            self.low = self.leaves = read_safetensors(pathlib.Path(adapter) / "adapter_model.safetensors")
        for leaf in self.leaves.values():
            leaf.requires_grad_()

    def __getitem__(self, name):
        return self.tensors[name]

    def product(self, name, x):
        weight = self.tensors[name + ".weight"]
        y = x @ weight if self.transposed and ".h." in name else x @ weight.T
        if name + ".bias" in self.tensors:
            y = y + self.tensors[name + ".bias"]
        a = self.low.get(f"base_model.model.{name}.lora_A.weight")
        if a is not None:
            y = y + self.scale * ((x @ a.T) @ self.low[f"base_model.model.{name}.lora_B.weight"].T)
        return y


def attend(q, k, v):
    """One head: [T, E] each."""
    rows = []
    for t in range(len(q)):
        scores = k[: t + 1] @ q[t] / math.sqrt(q.shape[1])
        shares = torch.exp(scores - scores.max())
        rows.append(shares @ v[: t + 1] / shares.sum())
    return torch.stack(rows)


def bend(name, x):
    if name in ("silu", "swish"):
        return x / (1 + torch.exp(-x))
    if name == "gelu":
        return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))
    if name == "relu":
        return torch.where(x > 0, x, torch.zeros_like(x))
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def gpt2(config, w, ids):
    d, heads, eps = config["n_embd"], config["n_head"], config.get("layer_norm_epsilon", 1e-5)

    def norm(name, x):
        x = x - x.mean(-1, keepdim=True)
        x = x / torch.sqrt((x * x).mean(-1, keepdim=True) + eps)
        return x * w[name + ".weight"] + w[name + ".bias"]

    x = w["transformer.wte.weight"][ids] + w["transformer.wpe.weight"][: len(ids)]
    for i in range(config["n_layer"]):
        at = f"transformer.h.{i}."
        qkv, e = w.product(at + "attn.c_attn", norm(at + "ln_1", x)), d // heads
        parts = [attend(*(qkv[:, j * d + h * e : j * d + (h + 1) * e] for j in range(3))) for h in range(heads)]
        x = x + w.product(at + "attn.c_proj", torch.cat(parts, 1))
        inner = bend(config.get("activation_function", "gelu_new"), w.product(at + "mlp.c_fc", norm(at + "ln_2", x)))
        x = x + w.product(at + "mlp.c_proj", inner)
    return norm("transformer.ln_f", x) @ w["transformer.wte.weight"].T


def frequency(config, i, e):
    scaling = config.get("rope_scaling") or config.get("rope_parameters") or {}
    f = (scaling.get("rope_theta") or config.get("rope_theta", 10000.0)) ** (-2 * i / e)
    kind = scaling.get("rope_type", "default")
    if kind == "linear":
        return f / scaling["factor"]
    if kind == "llama3":
        turns = scaling["original_max_position_embeddings"] * f / (2 * math.pi)
        low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
        kept = min(max((turns - low) / (high - low), 0), 1)
        return f * (kept + (1 - kept) / scaling["factor"])
    return f


def llama(config, w, ids):
    d, h, eps = config["hidden_size"], config["num_attention_heads"], config.get("rms_norm_eps", 1e-6)
    g = config.get("num_key_value_heads", h)
    e = config.get("head_dim") or d // h
    angles = torch.tensor([[t * frequency(config, i, e) for i in range(e // 2)] for t in range(len(ids))], dtype=torch.float64)

    def norm(name, x):
        return x / torch.sqrt((x * x).mean(-1, keepdim=True) + eps) * w[name + ".weight"]

    def turned(x):
        z = torch.complex(x[:, : e // 2].contiguous(), x[:, e // 2 :].contiguous()) * torch.polar(torch.ones_like(angles), angles)
        return torch.cat([z.real, z.imag], 1)

    x = w["model.embed_tokens.weight"][ids]
    for i in range(config["num_hidden_layers"]):
        at = f"model.layers.{i}."
        y = norm(at + "input_layernorm", x)
        q, k, v = (w.product(at + f"self_attn.{p}_proj", y) for p in "qkv")
        parts = []
        for head in range(h):
            group = head // (h // g)
            one_q, one_k = q[:, head * e : (head + 1) * e], k[:, group * e : (group + 1) * e]
            if config["architectures"][0] == "Qwen3ForCausalLM":
                one_q, one_k = norm(at + "self_attn.q_norm", one_q), norm(at + "self_attn.k_norm", one_k)
            parts.append(attend(turned(one_q), turned(one_k), v[:, group * e : (group + 1) * e]))
        x = x + w.product(at + "self_attn.o_proj", torch.cat(parts, 1))
        y = norm(at + "post_attention_layernorm", x)
        inner = bend(config.get("hidden_act", "silu"), w.product(at + "mlp.gate_proj", y)) * w.product(at + "mlp.up_proj", y)
        x = x + w.product(at + "mlp.down_proj", inner)
    tied = config.get("tie_word_embeddings", False)
    return norm("model.norm", x) @ w["model.embed_tokens.weight" if tied else "lm_head.weight"].T


def forward(question):
    config, tensors = load(question["forward"])
    is_gpt2 = config["architectures"][0] == "GPT2LMHeadModel"
    weights = Weights(tensors, question.get("adapter"), is_gpt2)
    logits, gradients = [], []
    for ids in question["ids"]:
        ids = torch.tensor(ids)
        one = (gpt2 if is_gpt2 else llama)(config, weights, ids)
        logits.append(one.detach().flatten().tolist())
        if question.get("gradients"):
            loss = (torch.logsumexp(one[:-1], 1) - one[:-1].gather(1, ids[1:, None])[:, 0]).sum()
            found = torch.autograd.grad(loss, list(weights.leaves.values()))
            gradients.append({name: grad.flatten().tolist() for name, grad in zip(weights.leaves, found)})
    return {"logits": logits, "gradients": gradients}


def by_transformers(question):
    try:
        import transformers
    except ImportError as missing:
        return {"missing": str(missing)}
    model = transformers.AutoModelForCausalLM.from_pretrained(question["transformers"], torch_dtype=torch.float32).eval()
    if question.get("adapter"):
        try:
            import peft
        except ImportError as missing:
            return {"missing": str(missing)}
        model = peft.PeftModel.from_pretrained(model, question["adapter"]).eval()
    with torch.no_grad():
        return {"logits": [model(torch.tensor([ids])).logits.flatten().tolist() for ids in question["ids"]]}


ANSWERS = {"make": make, "forward": forward, "transformers": by_transformers}
torch.set_num_threads(1)
for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps(ANSWERS[next(iter(asked))](asked)), flush=True)
