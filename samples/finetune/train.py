#!/usr/bin/python3
"""Fine-tunes the small byte-level GPT on a JSONL file.

    /usr/bin/python3 samples/finetune/train.py --data samples/data/jargon.jsonl.gz --init out/demo/start.pt
"""
import argparse
import gzip
import json
import time

import torch
from torch.utils.data import DataLoader, Dataset

from lace import monitor; monitor()  # noqa: E702

from model import CONTEXT, ByteGPT, collate


class Records(Dataset):
    """The texts of a JSONL file, one record a line."""

    def __init__(self, path, field="text"):
        opened = gzip.open if path.endswith(".gz") else open
        with opened(path, "rt", encoding="utf-8") as lines:
            self.texts = [json.loads(line)[field].encode("utf-8")[:CONTEXT] for line in lines]

    def __len__(self):
        return len(self.texts)

    def __getitem__(self, index):
        return self.texts[index]


def main(argv=None, dataset=Records):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="JSONL file, may be gzipped")
    parser.add_argument("--init", help="checkpoint to start from")
    parser.add_argument("--out", help="where the fine-tuned checkpoint goes")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--steps", type=int, help="so many of one epoch, instead of all")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--threads", type=int, default=1, help="a model this small gains little from more")
    args = parser.parse_args(argv)

    torch.set_num_threads(args.threads)
    model = ByteGPT()
    if args.init:
        model.load_state_dict(torch.load(args.init))
    loader = DataLoader(dataset(args.data), batch_size=args.batch, shuffle=True, collate_fn=collate)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.01)
    epochs = 1 if args.steps else args.epochs
    steps = min(args.steps or epochs * len(loader), epochs * len(loader))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.lr, total_steps=steps, pct_start=0.05)

    step, begun = 0, time.monotonic()
    for _ in range(epochs):
        for values, lengths in loader:
            loss = model.loss(values, lengths)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            if step % 100 == 0 or step == steps:
                print(f"step {step:4d}/{steps}  loss {loss.item():.3f}  {time.monotonic() - begun:3.0f} s", flush=True)
            if step == steps:
                break

    if args.out:
        torch.save(model.state_dict(), args.out)


if __name__ == "__main__":
    main()
