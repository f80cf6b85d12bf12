"""The plain steps of DpSgdModel.cs in PyTorch: reads `COUNT NAME` lines, answers seconds for one step."""
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

BLOCKS, WIDTH, VOCABULARY, LENGTH, EXAMPLES, HEADS, RANK, SCALING = 4, 128, 512, 128, 16, 4, 16, 2.0


class Layer(nn.Module):
    def __init__(self, rows, columns, lora):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(rows, columns) * 0.02, requires_grad=not lora)
        self.lora = lora
        if lora:
            self.a = nn.Parameter(torch.randn(RANK, columns) * 0.02)
            self.b = nn.Parameter(torch.randn(rows, RANK) * 0.02)

    def forward(self, x):
        y = F.linear(x, self.weight)
        return y + F.linear(F.linear(x, self.a), self.b) * SCALING if self.lora else y


class Block(nn.Module):
    def __init__(self, lora):
        super().__init__()
        self.first, self.second = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.q, self.k, self.v, self.output = (Layer(WIDTH, WIDTH, lora) for _ in range(4))
        self.up, self.down = Layer(4 * WIDTH, WIDTH, lora), Layer(WIDTH, 4 * WIDTH, lora)

    def forward(self, x):
        normal = self.first(x)
        q, k, v = (part(normal).view(-1, LENGTH, HEADS, WIDTH // HEADS).transpose(1, 2) for part in (self.q, self.k, self.v))
        if hasattr(F, "scaled_dot_product_attention"):
            attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            attended = F._scaled_dot_product_attention(q, k, v, is_causal=True)[0]
        x = x + self.output(attended.transpose(1, 2).reshape(-1, LENGTH, WIDTH))
        return x + self.down(F.gelu(self.up(self.second(x))))


class Gpt(nn.Module):
    def __init__(self, lora):
        super().__init__()
        self.table, self.positions = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.ModuleList(Block(lora) for _ in range(BLOCKS))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY, bias=False)
        if lora:
            for name, parameter in self.named_parameters():
                parameter.requires_grad_(name.endswith((".a", ".b")))

    def forward(self, ids):
        x = self.table(ids) + self.positions(places)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(1)
tokens = torch.randint(0, VOCABULARY, (EXAMPLES, LENGTH + 1))
places = torch.arange(LENGTH).expand(EXAMPLES, LENGTH)


def stepper(lora):
    model = Gpt(lora)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4, weight_decay=0)

    def step():
        logits = model(tokens[:, :-1])
        F.cross_entropy(logits.reshape(-1, VOCABULARY), tokens[:, 1:].reshape(-1)).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


STEPS = {"LoRA": stepper(True), "full": stepper(False)}

clock = time.process_time if sys.argv[1] == "1" else time.perf_counter

for line in sys.stdin:
    count, name = line.rstrip("\n").split(" ", 1)
    begun = clock()
    for _ in range(int(count)):
        STEPS[name]()
    print((clock() - begun) / int(count), flush=True)
