#!/usr/bin/python3
"""Makes the checkpoint that train.py starts from: the same model, trained on other public text for some steps.

Nothing here is recorded: where a fine-tuning starts from is not part of what Lace verifies about it.
"""
import argparse
import gzip
import json
import time

import torch

from model import CONTEXT, ByteGPT, collate


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="JSONL file, may be gzipped")
    parser.add_argument("--out", required=True, help="where the checkpoint goes")
    parser.add_argument("--steps", type=int, default=450)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--threads", type=int, default=1, help="a model this small gains little from more")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    opened = gzip.open if args.data.endswith(".gz") else open
    with opened(args.data, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"].encode("utf-8")[:CONTEXT] for line in lines]
    model = ByteGPT()
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.lr, total_steps=args.steps, pct_start=0.1)
    begun = time.monotonic()
    for step in range(1, args.steps + 1):
        chosen = torch.randint(len(texts), (args.batch,)).tolist()
        loss = model.loss(*collate([texts[index] for index in chosen]))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 0 or step == args.steps:
            print(f"step {step:4d}/{args.steps}  loss {loss.item():.3f}  {time.monotonic() - begun:3.0f} s", flush=True)
    torch.save(model.state_dict(), args.out)


if __name__ == "__main__":
    main()
