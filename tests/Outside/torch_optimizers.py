"""Steps of PyTorch's optimizers, for OptimizerTests: reads one JSON question on standard input, answers the parameters after each step."""
import json
import sys

import torch

question = json.load(sys.stdin)
parameters = [torch.tensor(values).reshape(shape).requires_grad_() for values, shape in zip(question["weights"], question["shapes"])]
kind, first = question["kind"], question["steps"][0]
if kind == "sgd":
    optimizer = torch.optim.SGD(parameters, lr=first["learningRate"], momentum=question["momentum"], weight_decay=question["weightDecay"])
else:
    make = torch.optim.AdamW if kind == "adamw" else torch.optim.Adam
    optimizer = make(parameters, lr=first["learningRate"], weight_decay=question["weightDecay"], eps=question["epsilon"])

answers = []
for step in question["steps"]:
    for group in optimizer.param_groups:
        group["lr"] = step["learningRate"]
        if kind != "sgd":
            group["betas"] = (step["beta1"], step["beta2"])
    for parameter, values in zip(parameters, step["gradients"]):
        parameter.grad = torch.tensor(values).reshape(parameter.shape)
    if question["gradClipNorm"] > 0:
        torch.nn.utils.clip_grad_norm_(parameters, question["gradClipNorm"])
    optimizer.step()
    answers.append([parameter.detach().flatten().tolist() for parameter in parameters])
json.dump(answers, sys.stdout)
