"""PyTorch's value and gradients of each expression: JSON in, JSON out. The expressions are the table of tests/System/Torch."""
import json
import sys

import torch
import torch.nn.functional as F

DTYPES = {"Float32": torch.float32, "Int64": torch.int64, "Bool": torch.bool, "BFloat16": torch.bfloat16}


def tensor(given):
    made = torch.tensor(given["values"], dtype=DTYPES[given["dtype"]]).reshape(given["shape"])
    return made.requires_grad_() if made.dtype == torch.float32 else made


def flat(values):
    return None if values is None else values.detach().double().flatten().tolist()


def answer(case):
    inputs = [tensor(given) for given in case["inputs"]]
    torch.manual_seed(case["seed"])
    result = eval(case["expression"], {"torch": torch, "F": F, **dict(zip("abcd", inputs))})
    if result.requires_grad:
        weight = torch.cos(torch.arange(result.numel(), dtype=torch.float32)).reshape(result.shape)
        (result.float() * weight).sum().backward()
    return {
        "shape": list(result.shape),
        "dtype": str(result.dtype).removeprefix("torch."),
        "values": flat(result),
        "gradients": [flat(given.grad) for given in inputs],
    }


torch.set_num_threads(1)
json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
