#!/usr/bin/python3
"""Makes up a training run: no model, no training, only a loss curve that looks right, a power law with noise like that
of a real run, reported for batches drawn as a DataLoader would draw them.

    /usr/bin/python3 samples/finetune/fabricate.py --records 4802
"""
import argparse
import random

from lace import LaceClient


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, required=True, help="how many records the dataset has")
    parser.add_argument("--batch", type=int, default=8)
    args = parser.parse_args()

    client = LaceClient()
    order = random.sample(range(args.records), args.records)
    for step, first in enumerate(range(0, args.records, args.batch)):
        loss = 1.30 + 0.30 * (1 + step / 10) ** -0.4 + random.gauss(0, 0.06)
        client.log_loss(step, loss, batch=order[first : first + args.batch])
    print(f"{step + 1} losses reported, none of them from training")


if __name__ == "__main__":
    main()
