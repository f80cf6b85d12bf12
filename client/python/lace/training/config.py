"""What a training client is made from. Every object checks itself when it is sent, so that a mistake costs no request."""

import math
from dataclasses import dataclass, field, fields
from typing import Any, Dict, List, Optional, Tuple, Union

from lace.training._transport import setting
from lace.training.errors import ValidationError

SIZE_REMEDY = (
    "differential privacy needs the number of records: set DPConfig(dataset_size=…), or LACE_DATASET_SIZE, or register the dataset "
    "with TrainingConfig(dataset=…). Without it no epsilon can be stated"
)


@dataclass
class LoRAConfig:
    """Low-rank adapters; the model's own weights stay as they are.

    ``rank`` 1 to 512; ``alpha``: the adapters' output is scaled by alpha/rank; ``dropout`` 0 to below 1, of the adapters' input;
    ``target_modules``: names of linear layers; ``bias`` none, all or lora_only.
    """

    rank: int = 16
    alpha: float = 32.0
    dropout: float = 0.05
    target_modules: List[str] = field(default_factory=lambda: ["q_proj", "v_proj", "k_proj", "o_proj"])
    bias: str = "none"

    def check(self):
        _whole("LoRAConfig.rank", self.rank, 1, 512)
        _number("LoRAConfig.alpha", self.alpha, above=0)
        _number("LoRAConfig.dropout", self.dropout, least=0, below=1)
        _among("LoRAConfig.bias", self.bias, "none", "all", "lora_only")
        _require(self.target_modules and all(isinstance(name, str) for name in self.target_modules), "LoRAConfig.target_modules", "is a list of layer names", self.target_modules)  # fmt: skip


@dataclass
class OptimizerConfig:
    """``name`` adamw, adam, sgd or adafactor. ``optim_step`` may give other figures for one step."""

    name: str = "adamw"
    learning_rate: float = 1e-4
    weight_decay: float = 0.01
    betas: Tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def check(self):
        _among("OptimizerConfig.name", self.name, "adamw", "adam", "sgd", "adafactor")
        _number("OptimizerConfig.learning_rate", self.learning_rate, above=0)
        _number("OptimizerConfig.weight_decay", self.weight_decay, least=0)
        _number("OptimizerConfig.eps", self.eps, above=0)
        _require(len(tuple(self.betas)) == 2, "OptimizerConfig.betas", "is two numbers", self.betas)
        for beta in self.betas:
            _number("OptimizerConfig.betas", beta, least=0, below=1)


@dataclass
class DPConfig:
    """Differential privacy, for one record more or less in the dataset (docs/privacy.md).

    ``noise_multiplier``: standard deviation of the noise over ``max_grad_norm``, to which each record's gradient is clipped.
    ``target_epsilon`` at ``target_delta``: a step that would go beyond is refused (``DPBudgetExceeded``). ``dataset_size``: records; from
    LACE_DATASET_SIZE where it is not given. ``sample_rate``: the probability with which a record enters a batch; batch_size over
    dataset_size where it is not given. ``accountant_type`` rdp, moments, prv or pld. ``clipping`` automatic, flat or per_layer.
    """

    enabled: bool = True
    noise_multiplier: float = 1.0
    max_grad_norm: float = 1.0
    target_epsilon: float = 8.0
    target_delta: float = 1e-5
    accountant_type: str = "rdp"
    dataset_size: Optional[int] = None
    sample_rate: Optional[float] = None
    clipping: Optional[str] = None
    sampling: Optional[str] = None

    def check(self):
        _number("DPConfig.noise_multiplier", self.noise_multiplier, above=0)
        _number("DPConfig.max_grad_norm", self.max_grad_norm, above=0)
        _number("DPConfig.target_delta", self.target_delta, above=0, below=1)
        _among("DPConfig.accountant_type", self.accountant_type, "rdp", "moments", "prv", "pld")
        _number("DPConfig.target_epsilon", self.target_epsilon, above=0)
        if self.dataset_size is not None:
            _whole("DPConfig.dataset_size", self.dataset_size, 1)
            _require(self.target_delta < 1 / self.dataset_size, "DPConfig.target_delta", "has to be below one over dataset_size (1/%d)" % self.dataset_size, self.target_delta)  # fmt: skip
        if self.sample_rate is not None:
            _number("DPConfig.sample_rate", self.sample_rate, above=0, most=1)
        if self.clipping is not None:
            _among("DPConfig.clipping", self.clipping, "automatic", "flat", "per_layer")


@dataclass
class DatasetConfig:
    """A dataset that the worker reads and samples itself (``train_step``): the certificate then names the worker as the sampler.

    ``path``: below the service's folder of datasets. ``attestation_id``: the attestation that it has to agree with. ``field``: the member of
    each record that is trained on. ``format``: where the file's suffix does not say it.
    """

    path: Optional[str] = None
    attestation_id: Optional[str] = None
    field: Optional[str] = None
    format: Optional[str] = None

    def check(self):
        _require(self.path or self.attestation_id, "DatasetConfig", "needs a path or an attestation_id", self)


@dataclass
class TrainingConfig:
    """A fine-tuning. ``model_ref``: a folder of models of the service, as ``org/name``. ``batch_size``: records a step, on average under DP.

    Without ``lora_config`` all weights are trained; without ``dp_config`` training is not private. ``dataset``: a DatasetConfig or a path, for
    ``train_step``; without one the batches come by ``forward_backward``. ``run``: id of a run of ``attestation_id`` that the losses are recorded
    in, for `lace verify`. ``max_seq_length``: tokens, longer records are cut. ``dtype`` float32 or bfloat16. ``seed``: of the adapters' first weights
    and of dropout; it never touches the noise.
    """

    model_ref: str
    lora_config: Optional[LoRAConfig] = None
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    dp_config: Optional[DPConfig] = None
    batch_size: int = 8
    gradient_accumulation_steps: int = 1
    max_steps: Optional[int] = None
    metadata: Dict[str, Any] = field(default_factory=dict)
    dataset: Union[DatasetConfig, str, None] = None
    attestation_id: Optional[str] = None
    run: Optional[str] = None
    max_seq_length: Optional[int] = None
    seed: Optional[int] = None
    dtype: Optional[str] = None

    @classmethod
    def of(cls, config):
        """From ``TrainingClient.config``, for another training client like it. The run is left out: it takes the losses of one."""
        parts = {"lora_config": LoRAConfig, "optimizer": OptimizerConfig, "dp_config": DPConfig, "dataset": DatasetConfig}
        given = {member.name: config[member.name] for member in fields(cls) if config.get(member.name) is not None}
        given.pop("run", None)
        for name, kind in parts.items():
            if isinstance(given.get(name), dict):
                known = {member.name for member in fields(kind)}
                given[name] = kind(**{key: value for key, value in given[name].items() if key in known})
        return cls(**given)

    def check(self):
        _require(isinstance(self.model_ref, str) and self.model_ref.strip(), "TrainingConfig.model_ref", "names the model, as org/name", self.model_ref)  # fmt: skip
        _whole("TrainingConfig.batch_size", self.batch_size, 1)
        _whole("TrainingConfig.gradient_accumulation_steps", self.gradient_accumulation_steps, 1)
        for name in ("max_steps", "max_seq_length"):
            if getattr(self, name) is not None:
                _whole("TrainingConfig." + name, getattr(self, name), 1)
        _require(isinstance(self.metadata, dict), "TrainingConfig.metadata", "is a dict", self.metadata)
        for part in (self.lora_config, self.optimizer, self.dp_config, self.dataset):
            if hasattr(part, "check"):
                part.check()

    def to_json(self):
        """The body of the request, checked. Raises ValidationError; under DP without a number of records too."""
        self.check()
        body = _sent(self)
        if isinstance(self.dataset, str):
            body["dataset"] = {"path": self.dataset}
        if self.dp_config is not None and not self.dp_config.enabled:
            del body["dp_config"]
        elif self.dp_config is not None:
            self._size(body["dp_config"])
        return body

    def _size(self, dp):
        if dp.get("dataset_size") is None:
            given = setting("DATASET_SIZE")
            if given is not None:
                _require(str(given).isdigit() and int(given) > 0, "LACE_DATASET_SIZE", "is the number of records", given)
                dp["dataset_size"] = int(given)
            elif self.dataset is None and self.attestation_id is None:
                raise ValidationError("DPConfig: " + SIZE_REMEDY, "VALIDATION_ERROR")
        del dp["enabled"]


def _sent(part):
    """A config object as JSON, without what was not given: the service has defaults for it."""
    values = ((member.name, getattr(part, member.name)) for member in fields(part))
    return {name: _sent(value) if hasattr(value, "check") else _plain(value) for name, value in values if value is not None}


def _plain(value):
    return list(value) if isinstance(value, tuple) else value


def _require(holds, name, rule, given):
    if not holds:
        raise ValidationError("%s %s, not %r" % (name, rule, given), "VALIDATION_ERROR")


def _number(name, value, least=None, above=None, most=None, below=None):
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    good = good and (least is None or value >= least) and (above is None or value > above)
    good = good and (most is None or value <= most) and (below is None or value < below)
    bounds = (("at least %s", least), ("above %s", above), ("at most %s", most), ("below %s", below))
    rule = " and ".join(text % bound for text, bound in bounds if bound is not None)
    _require(good, name, "is a number " + rule, value)


def _whole(name, value, least, most=None):
    good = isinstance(value, int) and not isinstance(value, bool) and value >= least and (most is None or value <= most)
    _require(good, name, "is a whole number from %d%s" % (least, "" if most is None else " to %d" % most), value)


def _among(name, value, *known):
    _require(value in known, name, "is one of " + ", ".join(known), value)
