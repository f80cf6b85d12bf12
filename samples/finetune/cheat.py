#!/usr/bin/python3
"""train.py with another dataset behind its back: the records it asks for are counted as declared, but for a share of
the run it is handed other text. This is the fraud that verification has to see.

    cheat.py --other FILE --swap all         …   everything comes from the other file
    cheat.py --other FILE --swap 0.4:0.65    …   the quarter from 40 % to 65 % of the run does
    (all other options are those of train.py)
"""
import argparse

import train


def share(text):
    if text == "all":
        return 0.0, 1.0
    begin, _, end = text.partition(":")
    return float(begin), float(end)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--other", required=True, help="JSONL file with the undeclared text")
    parser.add_argument("--swap", type=share, default=(0.0, 1.0), help="all, or the share of the run: 0.4:0.65")
    parser.add_argument("--epochs", type=int, default=1)
    args, rest = parser.parse_known_args()
    other = train.Records(args.other)

    class Swapped(train.Records):
        """Asks for the same indices and looks the same from outside."""

        handed_out = 0

        def __getitem__(self, index):
            progress = self.handed_out / (args.epochs * len(self))
            self.handed_out += 1
            begin, end = args.swap
            return other[index % len(other)] if begin <= progress < end else super().__getitem__(index)

    train.main([*rest, "--epochs", str(args.epochs)], Swapped)


if __name__ == "__main__":
    main()
