"""Writes near_duplicate_vectors.json: MH-1 as docs/formats/fingerprints.md says it, independent of the C#.

Run: /usr/bin/python3 tests/data/make_near_duplicate_vectors.py
"""

import json
import pathlib
import struct
import subprocess
import unicodedata as u

HERE = pathlib.Path(__file__).parent
assert u.unidata_version == "14.0.0"
MASK = (1 << 64) - 1
BANDS, ROWS = 32, 5
BINS = BANDS * ROWS
UNSPACED = [
    (0x0E00, 0x0E7F), (0x0E80, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3005), (0x3040, 0x309F), (0x30A0, 0x30FF),
    (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), (0xF900, 0xFAFF), (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
]


def n1(text):
    lower = (c.lower() if len(c.lower()) == 1 else c for c in u.normalize("NFKC", text))
    return "".join(c if u.category(c) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd") else " " for c in lower)


def tokens(text):
    spaced = "".join(f" {c} " if any(a <= ord(c) <= b for a, b in UNSPACED) else c for c in n1(text))
    return spaced.split()


def fold(x):
    product = (x & MASK) * 0x9E3779B97F4A7C15
    return (product & MASK) ^ (product >> 64)


def token_hash(token):
    data = token.encode()
    h = len(data)
    for at in range(0, len(data), 16):
        low, high = struct.unpack("<QQ", data[at : at + 16].ljust(16, b"\0"))
        h = fold(h ^ low ^ (high * 0xD6E8FEB86659FD93 & MASK))
    return h


def drawn(bin_, draw):
    x = ((bin_ + 1) << 32) + draw
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & MASK
    return (x ^ (x >> 31)) * BINS >> 64


def siphash(key, data):
    made = subprocess.run(
        ["openssl", "mac", "-macopt", "hexkey:" + key.hex(), "-macopt", "size:8", "-in", "-", "SIPHASH"],
        input=data, capture_output=True, check=True,
    )
    return struct.unpack("<Q", bytes.fromhex(made.stdout.decode().strip()))[0]


def bands(text, salt):
    t = [token_hash(token) for token in tokens(text)]
    minima = [None] * BINS
    for a, b, c in zip(t, t[1:], t[2:]):
        h = fold(a * 0xBF58476D1CE4E5B9 + b * 0x94D049BB133111EB + c)
        place = (h >> 32) * BINS >> 32
        minima[place] = h if minima[place] is None else min(h, minima[place])
    if sum(m is not None for m in minima) < BINS // 2:
        return None
    dense = list(minima)
    for place in range(BINS):
        draw = 0
        while dense[place] is None:
            dense[place] = minima[drawn(place, draw)]
            draw += 1
    return [
        siphash(salt, struct.pack("<6Q", band, *dense[band * ROWS : (band + 1) * ROWS])) for band in range(BANDS)
    ]


ENGLISH = " ".join(f"The {n} of them, no. {n * n}, said: it's item-{n % 7} again!" for n in range(1, 60))
LONG = " ".join(f"Verfassungsgerichtspräsident{n} ÉTÉ naïve seventeenbytes{n:03} слово{n}" for n in range(50))
CJK = "".join(chr(0x4E00 + n * 37 % 5000) + ("、" if n % 9 == 0 else "") for n in range(300)) + " かなとカナ gpt4の文 ไทย"
TEXTS = ["", "one", "Only a few words, too few for any band.", ENGLISH, LONG, CJK]
SALT = bytes(range(16))
out = {
    "scheme": "MH-1",
    "salt": SALT.hex(),
    "texts": [
        {"text": text, "bands": made if made is None else [f"{key:016x}" for key in made]}
        for text, made in ((text, bands(text, SALT)) for text in TEXTS)
    ],
}
(HERE / "near_duplicate_vectors.json").write_text(json.dumps(out, indent=1, ensure_ascii=True) + "\n")
