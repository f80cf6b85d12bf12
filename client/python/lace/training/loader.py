"""``PoissonLoader``: batches for a private training whose records stay with the caller."""

import random
import secrets
import warnings

from lace.training.data import IGNORED, to_lists
from lace.training.errors import ValidationError

_AT_ONCE = 1 << 16


class PoissonLoader:
    """Each record enters each batch independently with probability ``sample_rate``: what the accountants of differential privacy assume.

    Batches differ in size and may be empty: an empty one is a step all the same and has to be sent. A shuffled DataLoader has a weaker
    guarantee than its ε says. The certificate states this sampling as declared, because only the caller saw it; ``train_step`` has the worker sample.

        for batch in PoissonLoader(records, sample_rate=0.01, steps=500):
            tc.forward_backward(batch)
            tc.optim_step()

    ``records``: token lists, or dicts with ``input_ids`` and maybe ``labels``; or anything with a length that ``collate`` makes a batch of.
    Randomness is the operating system's. ``seed`` is for tests: who knows it knows the batches, and there is no privacy.
    """

    def __init__(self, records, sample_rate, steps, collate=None, seed=None):
        if not 0 < sample_rate <= 1:
            raise ValidationError("sample_rate is above 0 and at most 1, not %r" % (sample_rate,), "VALIDATION_ERROR")
        self.records, self.sample_rate, self.steps = records, sample_rate, steps
        self._collate = collate or collate_tokens
        self._bits = secrets.randbits
        if seed is not None:
            warnings.warn("PoissonLoader with a seed: batches that can be guessed give no privacy", RuntimeWarning, stacklevel=2)
            self._bits = random.Random(seed).getrandbits

    def __len__(self):
        return self.steps

    def __iter__(self):
        for _ in range(self.steps):
            yield self._collate([self.records[index] for index in self.draw()])

    def draw(self):
        """The indices of one batch, ascending."""
        # 64 random bits a record against the rate: exact to 2^-64, and the same work whoever is drawn.
        size, threshold = len(self.records), int(self.sample_rate * 2**64)
        chosen = []
        for start in range(0, size, _AT_ONCE):
            count = min(_AT_ONCE, size - start)
            words = memoryview(self._bits(64 * count).to_bytes(8 * count, "little")).cast("Q")
            chosen += [start + index for index, word in enumerate(words) if word < threshold]
        return chosen


def collate_tokens(records):
    """Records as one batch of lists: padded at the end with 0, which the attention mask leaves out and the labels mark as -100."""
    rows = [to_lists(record["input_ids"] if hasattr(record, "keys") else record) for record in records]
    labels = [to_lists(record["labels"]) if hasattr(record, "keys") and "labels" in record else row for record, row in zip(records, rows)]
    longest = max((len(row) for row in rows), default=0)
    return {
        "input_ids": [row + [0] * (longest - len(row)) for row in rows],
        "attention_mask": [[1] * len(row) + [0] * (longest - len(row)) for row in rows],
        "labels": [label + [IGNORED] * (longest - len(label)) for label in labels],
    }
