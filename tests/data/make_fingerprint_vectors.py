"""Writes normalisation_vectors.json and siphash_vectors.json: rules and reference, independent of the C#.

N1 is written here from docs/formats/fingerprints.md with Python's unicodedata (14.0.0); SipHash-2-4 comes from OpenSSL, with the key and the
inputs of the vectors that its authors published (vectors_sip64: key 00..0f, input of n bytes 00, 01, ..).
Run: /usr/bin/python3 tests/data/make_fingerprint_vectors.py
"""

import json
import pathlib
import random
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
