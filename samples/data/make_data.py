#!/usr/bin/python3
"""Makes the sample datasets from two Debian packages (see SOURCES.md).

    sudo apt-get install --no-install-recommends bible-kjv bible-kjv-text dict-jargon
    /usr/bin/python3 samples/data/make_data.py

Each output line is one record, {"id": …, "text": …}, whose text has at most 256 bytes of UTF-8, so that a model with
a context of 256 bytes trains on all of it. Paragraphs that are longer are cut between sentences, and if need be
between words.
The same packages give the same files, byte for byte.
"""
import gzip
import itertools
import json
import re
import subprocess
from pathlib import Path

MAX_BYTES = 256  # the context of the model
MIN_BYTES = 24  # shorter pieces say nothing
HERE = Path(__file__).resolve().parent
DICTIONARIES = Path("/usr/share/dictd")


def verses(passage):
    """A passage of the King James Version, one record a verse."""
    text = subprocess.run(["bible", "-f", passage], check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        verse, _, words = line.partition(" ")
        yield verse, words


def dictionary(name):
    """The definitions of a dictionary of dictd, paragraph by paragraph, without its own description."""
    entries = []
    for line in (DICTIONARIES / f"{name}.index").read_text(encoding="utf-8").splitlines():
        headword, offset, length = line.split("\t")[:3]
        if not headword.startswith("00-database"):
            entries.append((base64_number(offset), base64_number(length), headword))
    data = gzip.decompress((DICTIONARIES / f"{name}.dict.dz").read_bytes())
    for offset, length in sorted({(offset, length) for offset, length, _ in entries}):
        headword = next(word for at, _, word in entries if at == offset)
        for paragraph in re.split(r"\n\s*\n", data[offset : offset + length].decode("utf-8")):
            yield headword, " ".join(paragraph.split())


def base64_number(digits):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    number = 0
    for digit in digits:
        number = number * 64 + alphabet.index(digit)
    return number


def pieces(text):
    """Cuts a text into pieces of at most MAX_BYTES: whole sentences where they fit, whole words otherwise."""
    sentences = [text] if fits(text) else re.split(r"(?<=[.!?;:]) ", text)
    units = [unit for sentence in sentences for unit in ([sentence] if fits(sentence) else sentence.split(" "))]
    piece = ""
    for unit in units:
        longer = f"{piece} {unit}" if piece else unit
        if fits(longer):
            piece = longer
        else:
            if piece:
                yield piece
            piece = unit
    if piece:
        yield piece


def fits(text):
    return len(text.encode("utf-8")) <= MAX_BYTES


def write(name, parts):
    lines = []
    counts = {}
    for where, text in parts:
        for piece in pieces(text):
            size = len(piece.encode("utf-8"))
            if MIN_BYTES <= size <= MAX_BYTES:
                counts[where] = counts.get(where, 0) + 1
                record = {"id": f"{where}#{counts[where]}", "text": piece}
                lines.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")))
    content = ("\n".join(lines) + "\n").encode("utf-8")
    path = HERE / f"{name}.jsonl.gz"
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(content)
    print(f"{path.name}: {len(lines)} records, {len(content)} bytes, {path.stat().st_size} compressed")


if __name__ == "__main__":
    write("other-books", itertools.chain(verses("gen1:1-mal4:6"), verses("rom1:1-rev22:21")))
    write("gospels-acts", verses("mat1:1-acts28:31"))
    write("jargon", dictionary("jargon"))
