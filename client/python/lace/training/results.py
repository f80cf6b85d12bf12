"""What operations answer. Each object has the answer's JSON in ``raw``, with whatever this version does not name."""

from dataclasses import dataclass, field, fields
from typing import Any, Dict, List, Optional


class Answer:
    """Reads the members that a class names from an answer and keeps the whole in ``raw``. Missing members have the class's defaults."""

    @classmethod
    def of(cls, answer):
        answer = answer if isinstance(answer, dict) else {}
        values = {}
        for member in fields(cls):
            if member.name != "raw" and answer.get(member.name) is not None:
                made = member.metadata.get("of")
                value = answer[member.name]
                values[member.name] = value if made is None else _made(made, value)
        return cls(raw=answer, **values)


def _made(made, value):
    return [made.of(item) for item in value] if isinstance(value, list) else made.of(value)


def _part(made, many=False):
    return field(default_factory=list, metadata={"of": made}) if many else field(default=None, metadata={"of": made})


@dataclass
class DPMetrics(Answer):
    """What has been spent of the privacy budget. ε by the accountant of the configuration; ``accountants`` has both, all upper bounds.

    ``epsilon_spent`` and ``total_epsilon`` are the same figure, as are ``steps`` and ``num_steps``: optimizer steps that are done and charged.
    ``epsilon_reserved`` counts those that were accepted too, and ``epsilon_remaining`` is the target less that.
    """

    epsilon_spent: float = 0.0
    total_epsilon: float = 0.0
    epsilon_reserved: Optional[float] = None
    epsilon_remaining: Optional[float] = None
    delta: Optional[float] = None
    steps: int = 0
    num_steps: int = 0
    target_epsilon: Optional[float] = None
    privacy_level: Optional[str] = None
    sampling: Optional[str] = None
    accountants: Dict[str, float] = field(default_factory=dict)
    noise_applied: Optional[bool] = None
    num_clipped: Optional[int] = None
    raw: Dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass
class ForwardBackwardResult(Answer):
    """``loss``: the mean over the batch's target tokens, in nats. ``loss_fn_outputs``: one dict a record, with the targets' ``logprobs``; gradients
    never leave the worker. Under DP these figures are not noised: they are for whoever owns the data, and not covered by ε."""

    loss: Optional[float] = None
    grad_norm: Optional[float] = None
    tokens_processed: int = 0
    dp_metrics: Optional[DPMetrics] = _part(DPMetrics)
    loss_fn_outputs: List[Dict[str, Any]] = field(default_factory=list)
    metrics: Dict[str, float] = field(default_factory=dict)
    raw: Dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass
class OptimStepResult(Answer):
    """``step``: how many steps the training client has made."""

    step: int = 0
    learning_rate: Optional[float] = None
    dp_metrics: Optional[DPMetrics] = _part(DPMetrics)
    raw: Dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass
class TrainStepResult(OptimStepResult):
    """Of one or more whole steps on the registered dataset; ``loss`` of the last one, None where its batch was empty."""

    loss: Optional[float] = None
    losses: List[Optional[float]] = field(default_factory=list)
    steps: int = 0
    tokens_processed: int = 0


@dataclass
class Sample(Answer):
    """``finish_reason`` stop, length or error. ``logprobs``: one a token that was generated, if asked for; None where it is no finite number."""

    prompt: str = ""
    completion: str = ""
    tokens_generated: int = 0
    finish_reason: str = ""
    logprobs: Optional[List[Optional[float]]] = None
    raw: Dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass
class SampleResult(Answer):
    samples: List[Sample] = _part(Sample, many=True)
    model_step: int = 0
    sampling_config: Dict[str, Any] = field(default_factory=dict)
    raw: Dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass
class Encryption(Answer):
    algorithm: str = ""
    key_id: str = ""
    raw: Dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass
class SaveStateResult(Answer):
    """A sealed artifact. ``content_hash``: sha256 of what is sealed in it. ``size_bytes`` of the sealed file."""

    artifact_id: str = ""
    artifact_type: str = ""
    name: Optional[str] = None
    size_bytes: int = 0
    encryption: Optional[Encryption] = _part(Encryption)
    content_hash: str = ""
    metadata: Dict[str, Any] = field(default_factory=dict)
    created_at: str = ""
    dp_metrics: Optional[DPMetrics] = _part(DPMetrics)
    raw: Dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def encrypted(self):
        return self.encryption is not None


@dataclass
class LoadStateResult(Answer):
    training_client_id: str = ""
    loaded_artifact_id: str = ""
    step: int = 0
    status: str = ""
    raw: Dict[str, Any] = field(default_factory=dict, repr=False)


OF_OPERATION = {
    "forward_backward": ForwardBackwardResult,
    "forward": ForwardBackwardResult,
    "optim_step": OptimStepResult,
    "train_step": TrainStepResult,
    "sample": SampleResult,
    "save_state": SaveStateResult,
    "load_state": LoadStateResult,
}


def result_of(operation, answer):
    """The typed result of an operation; one that this version does not know stays JSON."""
    kind = OF_OPERATION.get(operation)
    return answer if kind is None else kind.of(answer)
