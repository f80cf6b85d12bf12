"""A tokenizer of byte pairs, learned from text, as Hugging Face's tokenizer.json (GPT-2's kind: every byte can be written)."""
import json
import re
from collections import Counter

END = "<|endoftext|>"
# GPT-2's pattern for text without letters beyond ASCII, which is all that the samples have.
PIECES = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")


def alphabet():
    """Byte to character: printable bytes are themselves, the others begin at U+0100."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {**{byte: chr(byte) for byte in printable}, **{byte: chr(256 + i) for i, byte in enumerate(others)}}


class BytePairs:
    """``vocabulary``: token to number, the 256 bytes first; ``merges``: pairs in the order in which they were learned."""

    def __init__(self, texts, size):
        letters = alphabet()
        counts = Counter(piece for text in texts for piece in PIECES.findall(text))
        words = {piece: [letters[byte] for byte in piece.encode("utf-8")] for piece in counts}
        self.vocabulary = {letters[byte]: byte for byte in range(256)}
        self.merges = []
        pairs, where = Counter(), {}
        for piece, word in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += counts[piece]
                where.setdefault(pair, set()).add(piece)
        while len(self.vocabulary) < size - 1:
            best = max(pairs, key=lambda pair: (pairs[pair], pair))
            self.merges.append(best)
            self.vocabulary["".join(best)] = len(self.vocabulary)
            for piece in list(where[best]):
                word = words[piece]
                for pair in zip(word, word[1:]):
                    pairs[pair] -= counts[piece]
                    where[pair].discard(piece)
                words[piece] = word = merged(word, best)
                for pair in zip(word, word[1:]):
                    pairs[pair] += counts[piece]
                    where.setdefault(pair, set()).add(piece)
        self.end = len(self.vocabulary)
        self._pieces = {piece: [self.vocabulary[token] for token in word] for piece, word in words.items()}

    def encode(self, text):
        """Only of the texts that it was learned from."""
        return [token for piece in PIECES.findall(text) for token in self._pieces[piece]]

    def save(self, folder):
        byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
        end = {"id": self.end, "content": END, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        model = {"type": "BPE", "vocab": self.vocabulary, "merges": [" ".join(pair) for pair in self.merges]}
        write(folder / "tokenizer.json", {
            "version": "1.0", "added_tokens": [end], "normalizer": None, "pre_tokenizer": byte_level, "post_processor": None,
            "decoder": byte_level, "model": model,
        })  # fmt: skip
        write(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END, "pad_token": END})


def merged(word, pair):
    result, i = [], 0
    while i < len(word):
        if tuple(word[i : i + 2]) == pair:
            result.append(word[i] + word[i + 1])
            i += 2
        else:
            result.append(word[i])
            i += 1
    return result


def write(path, document):
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
