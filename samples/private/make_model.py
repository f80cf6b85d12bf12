#!/usr/bin/python3
"""Makes the model that is fine-tuned: a small Llama and its tokenizer, trained on other public text, in Hugging Face's layout.

    /usr/bin/python3 samples/private/make_model.py --data samples/data/other-books.jsonl.gz --out out/models/demo/tiny-llama

This training is not private and not recorded: it sees none of the records that the fine-tuning is to protect.
"""
import argparse
import gzip
import json
import time
from pathlib import Path

import torch

from byte_pairs import BytePairs
from llama import Llama


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="JSONL file, may be gzipped")
    parser.add_argument("--out", required=True, type=Path, help="folder of the model")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--vocabulary", type=int, default=1024)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--length", type=int, default=96, help="tokens of a sequence")
    parser.add_argument("--lr", type=float, default=4e-3)
    parser.add_argument("--threads", type=int, default=1, help="more wait for each other where the machine is busy")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    opened = gzip.open if args.data.endswith(".gz") else open
    with opened(args.data, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    begun = time.monotonic()
    tokenizer = BytePairs(texts, args.vocabulary)
    stream = torch.tensor([token for text in texts for token in [*tokenizer.encode(text), tokenizer.end]])
    print(f"{len(tokenizer.merges)} byte pairs, {len(stream):,} tokens, {time.monotonic() - begun:.0f} s", flush=True)

    model = Llama(args.vocabulary)
    print(f"{sum(weight.numel() for weight in model.parameters()):,} weights", flush=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.01, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.lr, total_steps=args.steps, pct_start=0.1)
    begun = time.monotonic()
    for step in range(1, args.steps + 1):
        starts = torch.randint(len(stream) - args.length, (args.batch,))
        loss = model.loss(stream[starts[:, None] + torch.arange(args.length)])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0 or step == args.steps:
            print(f"step {step:4d}/{args.steps}  loss {loss.item():.3f}  {time.monotonic() - begun:3.0f} s", flush=True)

    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(args.out)
    model.save(args.out, tokenizer.end)


if __name__ == "__main__":
    main()
