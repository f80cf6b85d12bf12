"""Canonical composition by Python's unicodedata: a JSON list of strings in, one out."""
import json
import sys
import unicodedata

print(json.dumps([unicodedata.normalize("NFC", text) for text in json.load(sys.stdin)]))
