"""What is trained on, as the service takes it: plain lists. PyTorch tensors and NumPy arrays are converted, and neither is imported.

Tokens are integers, one list a record. In a batch of B records of at most T tokens ``input_ids``, ``attention_mask`` and ``labels`` are B lists;
a label of -100 is left out of the loss, and ``labels[b][t]`` is the token at place t: the service shifts by one itself.
"""

from dataclasses import dataclass
from typing import Any, Dict, List, Sequence, Union

from lace.training.errors import ValidationError

IGNORED = -100
_INTEGERS = ("input_ids", "attention_mask", "labels")


@dataclass
class ModelInput:
    """The tokens that a record begins with; Tinker's type, for text only."""

    tokens: List[int]

    @classmethod
    def from_ints(cls, tokens):
        return cls(_integers("ModelInput", tokens))

    @property
    def length(self):
        return len(self.tokens)

    def to_ints(self):
        return list(self.tokens)

    def to_json(self):
        return {"chunks": [{"type": "encoded_text", "tokens": _integers("ModelInput", self.tokens)}]}


@dataclass
class Datum:
    """One record with what its loss needs, one entry a position of ``model_input``: ``target_tokens``, and by the loss ``weights``,
    ``logprobs``, ``advantages`` (natural logarithms). Lists, tensors and arrays of one dimension."""

    model_input: ModelInput
    loss_fn_inputs: Dict[str, Any]

    def to_json(self):
        return {
            "model_input": self.model_input.to_json(),
            "loss_fn_inputs": {name: _tensor(name, values) for name, values in self.loss_fn_inputs.items()},
        }


@dataclass
class AdamParams:
    """The optimizer's figures for one step, by Tinker's names and defaults. ``grad_clip_norm`` 0: none; not under DP."""

    learning_rate: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.95
    eps: float = 1e-12
    weight_decay: float = 0.0
    grad_clip_norm: float = 0.0


def to_lists(value):
    """Nested lists of Python numbers from lists, tuples, PyTorch tensors (on any device) and NumPy arrays."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [to_lists(item) for item in value]
    return value


def batch_json(batch):
    """The ``batch`` of a request from ``{"input_ids": …, "attention_mask": …, "labels": …}``; the last two may be missing."""
    if "input_ids" not in batch:
        raise ValidationError("a batch has input_ids, and may have attention_mask and labels; not %s" % ", ".join(batch), "VALIDATION_ERROR")
    sent = {}
    for name in _INTEGERS:
        if batch.get(name) is not None:
            rows = to_lists(batch[name])
            if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
                raise ValidationError("%s is a list of records, each a list of integers" % name, "VALIDATION_ERROR")
            sent[name] = [_integers(name, row) for row in rows]
    for name, rows in sent.items():
        if [len(row) for row in rows] != [len(row) for row in sent["input_ids"]]:
            raise ValidationError("%s has other lengths than input_ids" % name, "VALIDATION_ERROR")
    return sent


def request_data(data: Union[Dict[str, Any], Datum, Sequence[Datum]]):
    """``{"batch": …}`` of a dict as the earlier SDKs take it, ``{"data": [...]}`` of Datum objects as Tinker does."""
    if hasattr(data, "keys"):
        return {"batch": batch_json(data)}
    items = [data] if isinstance(data, Datum) else list(data)
    if not items or not all(isinstance(item, Datum) for item in items):
        raise ValidationError("data is a batch (a dict with input_ids) or a list of Datum", "VALIDATION_ERROR")
    return {"data": [item.to_json() for item in items]}


def _integers(name, row):
    row = to_lists(row)
    if not isinstance(row, list) or not all(type(token) is int for token in row):
        raise ValidationError("%s: every record is a list of integers" % name, "VALIDATION_ERROR")
    return row


def _tensor(name, values):
    values = to_lists(getattr(values, "data", values) if isinstance(getattr(values, "data", None), list) else values)
    if not isinstance(values, list) or not all(type(item) in (int, float) for item in values):
        raise ValidationError("%s: one number a position" % name, "VALIDATION_ERROR")
    whole = all(type(item) is int for item in values)
    return {"data": values, "dtype": "int64" if whole and name == "target_tokens" else "float32", "shape": [len(values)]}
