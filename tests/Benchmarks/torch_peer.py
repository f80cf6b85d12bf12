"""The loops of TorchBenchmark.cs in Python: reads `COUNT NAME` lines, answers seconds for one operation."""
import sys
import time

import torch
import torch.nn.functional as F

WIDTH, VOCABULARY, LENGTH, HEADS = 64, 256, 32, 4


def parameter(rows, columns):
    return (torch.randn(rows, columns) * 0.05).requires_grad_()


def training_step():
    x = F.embedding(tokens.narrow(1, 0, LENGTH), embedding)
    qkv = F.linear(F.layer_norm(x, [WIDTH], norm), attention).chunk(3, -1)
    q, k, v = (part.reshape(4, LENGTH, HEADS, WIDTH // HEADS).transpose(1, 2) for part in qkv)
    if hasattr(F, "scaled_dot_product_attention"):
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    else:
        attended = F._scaled_dot_product_attention(q, k, v, is_causal=True)[0]
    x = x + F.linear(attended.transpose(1, 2).reshape(4, LENGTH, WIDTH), output)
    x = x + F.linear(F.gelu(F.linear(F.layer_norm(x, [WIDTH], norm), up)), down)
    logits = F.linear(x, embedding).reshape(-1, VOCABULARY)
    F.cross_entropy(logits, tokens.narrow(1, 1, LENGTH).reshape(-1)).backward()
    with torch.no_grad():
        for one_of in parameters:
            one_of.add_(one_of.grad, alpha=-0.01)
            one_of.grad = None


torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(1)
one, other = torch.ones(1), torch.ones(1)
recorded = torch.ones(1).requires_grad_()
row, matrix, square = torch.randn(8, 64), torch.randn(64, 64), torch.randn(256, 256)
tokens = torch.randint(0, VOCABULARY, (4, LENGTH + 1))
embedding, attention, output = parameter(VOCABULARY, WIDTH), parameter(3 * WIDTH, WIDTH), parameter(WIDTH, WIDTH)
up, down, norm = parameter(4 * WIDTH, WIDTH), parameter(WIDTH, 4 * WIDTH), torch.ones(WIDTH).requires_grad_()
parameters = [embedding, attention, output, up, down, norm]

OPERATIONS = {
    "add": lambda: one.add(other),
    "add, recorded": lambda: recorded.add(other),
    "mul_": lambda: one.mul_(other),
    "view": lambda: matrix.view(32, 128),
    "linear 8x64x64": lambda: F.linear(row, matrix),
    "matmul 256": lambda: square.matmul(square),
    "training step": training_step,
}

for line in sys.stdin:
    count, name = line.rstrip("\n").split(" ", 1)
    operation, count = OPERATIONS[name], int(count)
    begun = time.perf_counter()
    for _ in range(count):
        operation()
    print((time.perf_counter() - begun) / count, flush=True)
