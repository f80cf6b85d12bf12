#!/usr/bin/python3
"""Real text that is larger than the sample byte models are counted from: the source of the Linux kernel in records.

    kernel_text.py linux-source.tar.xz --megabytes 256 --out data.jsonl --other other.jsonl

A record is some whole lines of one file, up to the context of the model of samples/finetune. The files of a 64th of
the paths go to --other: what a model starts from, which is not in the data.
"""
import argparse
import json
import sys
import tarfile
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "samples" / "finetune"))
from model import CONTEXT  # noqa: E402

SUFFIXES = (".c", ".h", ".S", ".rst", ".txt", ".py")
SHORTEST = 64


def records(content):
    """Lines put together up to CONTEXT bytes; longer lines, and what is left of a file, are left out."""
    record = b""
    for line in content.splitlines(keepends=True):
        if len(record) + len(line) > CONTEXT:
            if len(record) >= SHORTEST:
                yield record.decode("utf-8")
            record = b""
        record = record + line if len(line) <= CONTEXT else b""


def files(archive):
    with tarfile.open(archive, "r|xz") as tar:
        for member in tar:
            if member.isfile() and member.name.endswith(SUFFIXES):
                yield member.name, tar.extractfile(member).read()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive")
    parser.add_argument("--megabytes", type=int, required=True, help="of text in --out")
    parser.add_argument("--out", required=True)
    parser.add_argument("--other", required=True)
    args = parser.parse_args()
    size, counts = 0, [0, 0]
    with open(args.out, "w", encoding="utf-8") as out, open(args.other, "w", encoding="utf-8") as other:
        for name, content in files(args.archive):
            apart = zlib.crc32(name.encode()) % 64 == 0
            try:
                made = list(records(content))
            except UnicodeDecodeError:
                continue
            for text in made:
                (other if apart else out).write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
                counts[apart] += 1
                size += 0 if apart else len(text.encode("utf-8"))
            if size >= args.megabytes * 1_000_000:
                break
    print(f"{counts[0]:,} records of {size:,} bytes, and {counts[1]:,} others")


if __name__ == "__main__":
    main()
