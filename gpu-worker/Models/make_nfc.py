"""Writes nfc.txt, what canonical composition needs of Unicode: python3 make_nfc.py. The version of Unicode is Python's own, in the first line.

  = CODE FIRST SECOND   composes and decomposes          > CODE FIRST [SECOND]   only decomposes          CLASS FIRST LAST   combining class of a range
Decompositions are one step each; Hangul is arithmetic and left out.
"""
import pathlib
import unicodedata

lines = [f"# Unicode {unicodedata.unidata_version}"]
classes = []
for code in range(0x110000):
    if 0xD800 <= code < 0xE000 or 0xAC00 <= code < 0xD7A4:
        continue
    text = chr(code)
    parts = unicodedata.decomposition(text)
    if parts and not parts.startswith("<"):
        lines.append(f"{'=' if unicodedata.normalize('NFC', text) == text else '>'} {code:X} {parts}")
    if number := unicodedata.combining(text):
        if classes and classes[-1][0] == number and classes[-1][2] == code - 1:
            classes[-1][2] = code
        else:
            classes.append([number, code, code])
lines += [f"{number} {first:X} {last:X}" for number, first, last in classes]
pathlib.Path(__file__).with_name("nfc.txt").write_text("\n".join(lines) + "\n")
