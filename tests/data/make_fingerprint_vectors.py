"""Writes normalisation_vectors.json, siphash_vectors.json and fingerprint_vectors.json: rules and reference, independent of the C#.

N1 is written here from docs/formats/fingerprints.md with Python's unicodedata (14.0.0); SipHash-2-4 comes from OpenSSL, with the key and the
inputs of the vectors that its authors published (vectors_sip64: key 00..0f, input of n bytes 00, 01, ..).
Run: /usr/bin/python3 tests/data/make_fingerprint_vectors.py
"""

import hashlib
import json
import pathlib
import random
import struct
import subprocess
import unicodedata as u

HERE = pathlib.Path(__file__).parent
assert u.unidata_version == "14.0.0"


def lower(c):
    return c.lower() if len(c.lower()) == 1 else c


def n1(data):
    text = u.normalize("NFKC", data.decode("utf-8", errors="replace"))
    kept = "".join(c if u.category(c) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd") else " " for c in map(lower, text))
    return " ".join(kept.split(" ")).strip(" ").encode() if kept.strip(" ") else b""


def collapse(data):
    return b" ".join(part for part in n1(data).split(b" ") if part)


TEXTS = """
||a|A|  a  b |Hello, World!|It's 5 o'clock.|tab\tand\nline\r\nend|a-b_c.d/e\\f|100,000.00 EUR|...|!?|\x00\x01\x7f|MiXeD CaSe|x=1;y=2
The quick brown fox jumps over the lazy dog|don't|naïve café|NAÏVE CAFÉ|nai\u0308ve cafe\u0301|Ångström \u212b|Straße STRASSE|\u1e9e
\u0130stanbul|ıspanak|ΟΔΥΣΣΕΥΣ|ὈΔΥΣΣΕΎΣ|ς|Ἀχιλλεύς|ЁЛКА ёлка|ЖЁЛТЫЙ|ЀЍ|ДИМИТЪР|ქართული|ᲥᲐᲠᲗᲣᲚᲘ|Հայերեն|ՈՒՍ և|
ﬁ|ﬃ ﬆ|Ｆｕｌｌ ｗｉｄｔｈ １２３|ｶﾞｷﾞｸﾞ|ｱｲｳ|カ\u3099|パ\u309a|ﾊﾟ|①②③ ㉑|ⅣⅫⅿ|½ ¼ ⅓|x² y³ H₂O|㎏ ㎢ ㍿|㍻ ㋿|™ ℠ ℡|№ ℃ Ω K|ªº|ĳĲ Ŀ|ŉ|ǅǈ
한국어|\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165|\uac00\u11a8|\u1100\u1161|\u1100|\u1161\u11a8|\uac01\u11a8|ㄱㄴㄷ|ﾡﾢ|\uffa1\uffc2
漢字かな交じり文|中文，标点。符号！|繁體中文|豈更車|\uf900\ufa30|\U0002f800\U0002f801|𠮷野家|々〆〇|ー・|「引用」|〒 〓|⺀⼀⼁
العربية|ﷺ|ﷲ|ﻻ|٠١٢٣|۰۱۲|مُحَمَّد|\u0627\u0653|\u0622|עברית|שׁלום|\ufb2a\ufb4f|हिन्दी|क\u093c|\u0958|१२३|বাংলা|ไทย ๑๒|ລາວ|བོད་ཡིག|\u0f43|ខ្មែរ|አማርኛ|ᏣᎳᎩ|ꮳꮃꭹ
a\u0328\u0301|a\u0301\u0328|e\u0323\u0302\u0301|\u1ec7|o\u0302\u0323|\u0344|\u0301a|\u0301|q\u0307\u0323|q\u0323\u0307|\u1e9b\u0323|d\u0307\u0323|\u2126\u0301|A\u030a\u0301|\u01fa|s\u0323\u0307
\u0e33|\u0eb3|\u0edc|\u1fbe|\u1fbf\u0301|\u2adc|\u0374\u037e\u0387|\u1f71\u1f73|\u00b5m|\u017f|\ufb05|\u2460a|\u3300|\u33ff|\uff9e|\u30cf\uff9e|\u30cf\u3099
😀 emoji 👩‍👩‍👧|🇩🇪|❤️|☎ ✓ ★|→ ⇒|a\u200bb|a\u200db|a\u00a0b|a\u3000b|a\u2028b|\ufeffa|soft\u00adhyphen|zero\u2060width|\ufffd|\ufffe|\uffff|\U000e0041|\U0010ffff|\ue000
𝐀𝒷𝓒𝔡𝕖|𝟎𝟙𝟐𝟛|𝛀𝝎|𝔄𝔅|𞤀𞤢|𐐀𐐨|𑀅𑁦|𐒀|\U0001d15e|\U0001d1bb|ꟻ ꟸ|ʰʲ ᵃᵇ|ₐₑ|ᴬᴮ|ꜳ ꝡ|ƿ ǷȜ|ǝƎ|ꞵꞴ|ϴθϑ|ϐβ ϰκ ϕφ ϖπ ϱρ ϲσ|ℋℌℍℎ ℐℑ|ℵℶ|⅀|ﬓﬔ|ﭐﭑ|ﯓ|ﹰﹱ|︰﹐|﹪％|＠
"""
INVALID = [
    "80", "ff", "c0af", "c3", "c328", "e28261", "e282", "f09f98", "f09f9861", "eda080", "edb080", "f4908080", "f8888080",
    "61ff62", "61c3a9ff65cc81", "efbfbe", "e0809f", "f0808080", "65cc", "41e2", "c3a9c3", "f09f9880ff", "ffefbfbd", "cc81",
]
random.seed(1)
POOLS = [
    range(0x20, 0x7F), range(0xA0, 0x250), range(0x300, 0x370), range(0x370, 0x530), range(0x600, 0x700), range(0x900, 0x980),
    range(0x1100, 0x1200), range(0x1E00, 0x2000), range(0x2000, 0x2200), range(0x3040, 0x3100), range(0xAC00, 0xAD00),
    range(0xF900, 0xFB50), range(0xFF00, 0xFFF0), range(0x1D400, 0x1D500), range(0x2F800, 0x2F820),
]


def made_up():
    pools = random.sample(POOLS, 3)
    return "".join(chr(random.choice(random.choice(pools))) for _ in range(random.randint(2, 40)))


texts = [text.encode() for text in TEXTS.replace("\n", "|").split("|")]
data = list(dict.fromkeys(texts + [bytes.fromhex(h) for h in INVALID]))
while len(data) < 300:
    data = list(dict.fromkeys(data + [made_up().encode()]))
vectors = [{"input": d.hex(), "normalised": collapse(d).decode()} for d in data]
out = {"form": "N1", "unicode": u.unidata_version, "vectors": vectors}
(HERE / "normalisation_vectors.json").write_text(json.dumps(out, indent=1, ensure_ascii=True) + "\n")

key = bytes(range(16))
tags = []
for n in range(64):
    made = subprocess.run(
        ["openssl", "mac", "-macopt", "hexkey:" + key.hex(), "-macopt", "size:8", "-in", "-", "SIPHASH"],
        input=bytes(range(n)), capture_output=True, check=True,
    )
    tags.append(made.stdout.decode().strip().lower())
(HERE / "siphash_vectors.json").write_text(json.dumps({"key": key.hex(), "tags": tags}, indent=1) + "\n")

# The whole of FP-1 over three texts, as docs/formats/fingerprints.md says it: no rolling, no streaming, no cleverness.
MASK = (1 << 64) - 1
ODD = 0x9E3779B97F4A7C15
TABLE = [struct.unpack("<Q", hashlib.sha256(b"lace-fp-1" + bytes([b])).digest()[:8])[0] for b in range(256)]


def rotl(x, n):
    n %= 64
    return ((x << n) | (x >> (64 - n))) & MASK if n else x


def siphash(key, data):
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def rounds(n):
        for _ in range(n):
            v[0] = (v[0] + v[1]) & MASK
            v[2] = (v[2] + v[3]) & MASK
            v[1] = rotl(v[1], 13) ^ v[0]
            v[3] = rotl(v[3], 16) ^ v[2]
            v[0] = rotl(v[0], 32)
            v[2] = (v[2] + v[1]) & MASK
            v[0] = (v[0] + v[3]) & MASK
            v[1] = rotl(v[1], 17) ^ v[2]
            v[3] = rotl(v[3], 21) ^ v[0]
            v[2] = rotl(v[2], 32)

    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 255])
    for at in range(0, len(padded), 8):
        word = struct.unpack("<Q", padded[at : at + 8])[0]
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


assert tags == [struct.pack("<Q", siphash(key, bytes(range(n)))).hex() for n in range(64)]


def select(text):
    order = []
    for at in range(len(text) - 47):
        h = 0
        for i in range(48):
            h ^= rotl(TABLE[text[at + i]], 47 - i)
        order.append(h * ODD & MASK)
    chosen = []
    for first in range(max(1, len(order) - 63) if order else 0):
        window = order[first : first + 64]
        least = min(window)
        if not chosen or chosen[-1] < first or order[chosen[-1]] != least:
            chosen.append(first + max(i for i, value in enumerate(window) if value == least))
    return chosen


def scramble(x):
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & MASK
    return x ^ (x >> 31)


def bits_of(fingerprint):
    for word in (scramble(fingerprint), scramble((fingerprint + ODD) & MASK)):
        for i in range(4):
            yield word >> (9 * i) & 511


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def head(hashes):
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return sha(b"\x01", head(hashes[:half]), head(hashes[half:]))


SALT = bytes.fromhex("000102030405060708090a0b0c0d0e0f")
BLOCKS = 64
EXAMPLES = [
    "In the beginning was the Word, and the Word was with God, and the Word was God. The same was in the beginning with God. All things were "
    "made by him; and without him was not any thing made that was made.",
    "Straße, café, 漢字かな交じり文: one hundred and eleven bytes of normalised text are what it takes to be found for certain — ＡＮＤ no more.",
    "Too short to have one.",
]
filter_bits = [bytearray(64) for _ in range(BLOCKS)]
texts = []
for text in EXAMPLES:
    normalised = collapse(text.encode())
    places = select(normalised)
    fingerprints = [siphash(SALT, normalised[at : at + 48]) for at in places]
    for fingerprint in fingerprints:
        block = filter_bits[fingerprint * BLOCKS >> 64]
        for bit in bits_of(fingerprint):
            block[bit // 8] |= 1 << bit % 8
    texts.append(
        {"text": text, "normalised": normalised.decode(), "places": places, "fingerprints": [f"{f:016x}" for f in fingerprints]}
    )


def root(bits):
    return head([sha(b"\x00", struct.pack(">Q", i), bytes(block)) for i, block in enumerate(bits)]).hex()


# Common phrases: every gram and not the chosen ones, under a salt of their own.
grams = {text["normalised"].encode()[at : at + 48] for text in texts for at in range(len(text["normalised"].encode()) - 47)}
phrase_bits = [bytearray(64) for _ in range(max(64, (len(grams) + 31) // 32))]
for gram in grams:
    value = siphash(sha(b"lace-fp-1 phrases")[:16], gram)
    block = phrase_bits[value * len(phrase_bits) >> 64]
    for bit in bits_of(value):
        block[bit // 8] |= 1 << bit % 8
out = {
    "scheme": "FP-1", "salt": SALT.hex(), "blocks": BLOCKS, "texts": texts,
    "popcount": sum(bin(byte).count("1") for block in filter_bits for byte in block), "root": root(filter_bits),
    "phrases": f"lace-phrases/1 FP-1 {len(phrase_bits)} {root(phrase_bits)}",
}
(HERE / "fingerprint_vectors.json").write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n")
