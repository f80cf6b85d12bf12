"""Private fine-tuning through Lace Cloud: the names of TenSafe and TG-Tinker, and Tinker's where they fit.

    from lace.training import ServiceClient, TrainingConfig, LoRAConfig, DPConfig

    service = ServiceClient()
    tc = service.create_training_client(TrainingConfig(
        model_ref="org/name", lora_config=LoRAConfig(rank=16),
        dp_config=DPConfig(noise_multiplier=1.0, target_epsilon=8.0, dataset_size=50_000),
    ))
    for batch in tc.poisson_loader(records, steps=500):
        tc.forward_backward(batch)
        tc.optim_step()
    print(tc.get_dp_metrics().epsilon_spent)
    tc.save_state("final")

Standard library only, Python 3.9 or later. ``tensafe`` and ``tg_tinker`` are the same package under those names.
"""

from lace.training.config import DatasetConfig, DPConfig, LoRAConfig, OptimizerConfig, TrainingConfig
from lace.training.data import AdamParams, Datum, ModelInput
from lace.training.errors import (
    ArtifactNotFound,
    AuthenticationError,
    Conflict,
    DatasetNotFound,
    DPBudgetExceeded,
    FutureCancelledError,
    FutureError,
    FutureFailedError,
    FutureNotFound,
    FutureTimeoutError,
    MaxStepsReached,
    ModelNotFound,
    NotFound,
    PermissionDenied,
    QueueFull,
    QuotaExceeded,
    RateLimited,
    SeqConflict,
    ServerError,
    TrainingClientNotFound,
    TrainingClientTerminated,
    TrainingError,
    Unreachable,
    ValidationError,
)
from lace.training.futures import FutureHandle
from lace.training.loader import PoissonLoader
from lace.training.results import (
    DPMetrics,
    Encryption,
    ForwardBackwardResult,
    LoadStateResult,
    OptimStepResult,
    Sample,
    SampleResult,
    SaveStateResult,
    TrainStepResult,
)
from lace.training.service_client import ServiceClient
from lace.training.training_client import TrainingClient

__all__ = [
    "AdamParams", "ArtifactNotFound", "AuthenticationError", "Conflict", "DPBudgetExceeded", "DPConfig", "DPMetrics", "DatasetConfig",
    "DatasetNotFound", "Datum", "Encryption", "ForwardBackwardResult", "FutureCancelledError", "FutureError", "FutureFailedError",
    "FutureHandle", "FutureNotFound", "FutureTimeoutError", "LoRAConfig", "LoadStateResult", "MaxStepsReached", "ModelInput",
    "ModelNotFound", "NotFound", "OptimStepResult", "OptimizerConfig", "PermissionDenied", "PoissonLoader", "QueueFull",
    "QuotaExceeded", "RateLimited", "Sample", "SampleResult", "SaveStateResult", "SeqConflict", "ServerError", "ServiceClient",
    "TrainStepResult", "TrainingClient", "TrainingClientNotFound", "TrainingClientTerminated", "TrainingConfig", "TrainingError",
    "Unreachable", "ValidationError",
]  # fmt: skip
