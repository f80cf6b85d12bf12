"""Writes unicode-14.txt beside it: what normalisation N1 knows of Unicode 14.0.0 (docs/formats/fingerprints.md).

Python's unicodedata has that version in Python 3.11; another version is refused, as N1 would be another normalisation.
Lines: `K first last` code points that N1 keeps (letters, decimal digits); `L code lower` simple lower case; `S first last` stable code
points: NFKC leaves them alone and they begin anew whatever comes before; `C class first last` combining classes;
`D code code...` full compatibility decompositions; `P first second composed` primary composites. Hangul syllables are arithmetic.
"""

import pathlib
import unicodedata as u

assert u.unidata_version == "14.0.0", u.unidata_version
SURROGATES = range(0xD800, 0xE000)
HANGUL = range(0xAC00, 0xAC00 + 11172)
ALL = [c for c in range(0x110000) if c not in SURROGATES]


def ranges(codes):
    first = last = None
    for code in codes:
        if last is not None and code == last + 1:
            last = code
            continue
        if last is not None:
            yield first, last
        first = last = code
    if last is not None:
        yield first, last


def nfkd(code):
    return u.normalize("NFKD", chr(code))


composites = {}
for code in ALL:
    canonical = u.decomposition(chr(code))
    if canonical and not canonical.startswith("<") and u.normalize("NFC", chr(code)) == chr(code):
        parts = [int(part, 16) for part in canonical.split()]
        if len(parts) == 2 and u.normalize("NFC", "".join(map(chr, parts))) == chr(code):
            composites[tuple(parts)] = code

second = {pair[1] for pair in composites} | set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))


def is_stable(code):
    first = ord(nfkd(code)[0])
    return u.normalize("NFKC", chr(code)) == chr(code) and u.combining(chr(first)) == 0 and first not in second


lines = []
lines += [f"K {a:X} {b:X}" for a, b in ranges(c for c in ALL if u.category(chr(c)) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd"))]
# One code point's lower case is two in the full mapping, U+0130: it stays, as in .NET's invariant casing.
lines += [f"L {c:X} {ord(chr(c).lower()):X}" for c in ALL if len(chr(c).lower()) == 1 and chr(c).lower() != chr(c)]
lines += [f"S {a:X} {b:X}" for a, b in ranges(filter(is_stable, ALL))]
for ccc in sorted({u.combining(chr(c)) for c in ALL} - {0}):
    lines += [f"C {ccc} {a:X} {b:X}" for a, b in ranges(c for c in ALL if u.combining(chr(c)) == ccc)]
lines += [f"D {c:X} " + " ".join(f"{ord(x):X}" for x in nfkd(c)) for c in ALL if c not in HANGUL and nfkd(c) != chr(c)]
lines += [f"P {a:X} {b:X} {c:X}" for (a, b), c in sorted(composites.items())]
pathlib.Path(__file__).with_name("unicode-14.txt").write_text("\n".join(lines) + "\n", encoding="ascii")
