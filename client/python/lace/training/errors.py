"""What can go wrong, one class for each thing a program would handle differently. ``code`` is the service's stable word for it.

    TrainingError
    ├─ Unreachable                no answer from the service, after the retries
    ├─ AuthenticationError        401: no key, or one that is not accepted
    ├─ PermissionDenied           403
    ├─ NotFound                   404: TrainingClientNotFound, FutureNotFound, ArtifactNotFound, ModelNotFound, DatasetNotFound
    ├─ ValidationError            400, 413 and 422, or found here before anything was sent
    │   └─ DPBudgetExceeded       the step would spend more than target_epsilon; nothing was charged and nothing trained
    ├─ Conflict                   409, 410: MaxStepsReached, SeqConflict, TrainingClientTerminated
    ├─ RateLimited                429, after waiting as long as the timeout allows; ``retry_after`` in seconds
    │   └─ QuotaExceeded          the plan's number of training clients, for which nobody waits: delete one
    ├─ QueueFull                  503 QUEUE_FULL, likewise
    ├─ ServerError                other 5xx
    └─ FutureError: FutureTimeoutError (also a TimeoutError), FutureCancelledError, FutureFailedError
"""

from lace.client import LaceError


class TrainingError(LaceError):
    """``details``: what the service said beside the message, a dict. ``request_id``: for its operator, or None."""

    def __init__(self, message, code=None, status=None, details=None, request_id=None, retry_after=None):
        LaceError.__init__(self, message, code, status)
        self.details = details or {}
        self.request_id = request_id
        self.retry_after = retry_after


class Unreachable(TrainingError):
    pass


class AuthenticationError(TrainingError):
    pass


class PermissionDenied(TrainingError):
    pass


class NotFound(TrainingError):
    pass


class TrainingClientNotFound(NotFound):
    pass


class FutureNotFound(NotFound):
    pass


class ArtifactNotFound(NotFound):
    pass


class ModelNotFound(NotFound):
    pass


class DatasetNotFound(NotFound):
    pass


class ValidationError(TrainingError, ValueError):
    pass


class DPBudgetExceeded(ValidationError):
    pass


class Conflict(TrainingError):
    pass


class SeqConflict(Conflict):
    """Another program has sent operations to the same training client: ``refresh()`` takes its place in the queue from there."""


class MaxStepsReached(Conflict):
    pass


class TrainingClientTerminated(Conflict):
    pass


class RateLimited(TrainingError):
    pass


class QuotaExceeded(RateLimited):
    pass


class QueueFull(TrainingError):
    pass


class ServerError(TrainingError):
    pass


class FutureError(TrainingError):
    pass


class FutureTimeoutError(FutureError, TimeoutError):
    """The wait was over before the operation was. It goes on; ask again."""


class FutureCancelledError(FutureError):
    pass


class FutureFailedError(FutureError):
    """The operation ended with an error of the worker; ``code`` and ``details`` are the worker's."""


_BY_CODE = {
    "AUTHENTICATION_REQUIRED": AuthenticationError,
    "INVALID_API_KEY": AuthenticationError,
    "INVALID_API_KEY_FORMAT": AuthenticationError,
    "API_KEY_EXPIRED": AuthenticationError,
    "PERMISSION_DENIED": PermissionDenied,
    "TENANT_INACTIVE": PermissionDenied,
    "TRAINING_CLIENT_NOT_FOUND": TrainingClientNotFound,
    "FUTURE_NOT_FOUND": FutureNotFound,
    "ARTIFACT_NOT_FOUND": ArtifactNotFound,
    "MODEL_NOT_FOUND": ModelNotFound,
    "DATASET_NOT_FOUND": DatasetNotFound,
    "VALIDATION_ERROR": ValidationError,
    "DP_BUDGET_EXCEEDED": DPBudgetExceeded,
    "SEQ_CONFLICT": SeqConflict,
    "MAX_STEPS_REACHED": MaxStepsReached,
    "TRAINING_CLIENT_TERMINATED": TrainingClientTerminated,
    "RATE_LIMITED": RateLimited,
    "RATE_LIMIT_EXCEEDED": RateLimited,
    "QUOTA_EXCEEDED": QuotaExceeded,
    "QUEUE_FULL": QueueFull,
    "FUTURE_TIMEOUT": FutureTimeoutError,
    "FUTURE_CANCELLED": FutureCancelledError,
}
_BY_STATUS = {400: ValidationError, 401: AuthenticationError, 403: PermissionDenied, 404: NotFound, 409: Conflict, 410: Conflict,
              413: ValidationError, 422: ValidationError, 429: RateLimited}  # fmt: skip


def from_answer(status, document, retry_after=None, reason=""):
    """The error that an answer means: an RFC 9457 problem, or the older ``{"error": {code, message, details}}``."""
    problem = document if isinstance(document, dict) else {}
    nested = problem.get("error")
    if nested is None and isinstance(problem.get("detail"), dict):
        nested = problem["detail"].get("error")
    nested = nested if isinstance(nested, dict) else {}
    code = str(nested.get("code") or problem.get("code") or "http_%d" % status)
    text = nested.get("message") or problem.get("detail") or problem.get("title") or reason or "status %d" % status
    kind = _BY_CODE.get(code.upper()) or _BY_STATUS.get(status) or (ServerError if status >= 500 else TrainingError)
    request_id = nested.get("request_id") or problem.get("request_id")
    details = nested.get("details") if isinstance(nested.get("details"), dict) else problem.get("details")
    return kind("%s (%s)" % (text, code), code, status, details, request_id, retry_after)


def of_operation(error):
    """The error of an operation that was accepted and then failed; ``error`` as the future has it, a dict or a text."""
    if not isinstance(error, dict):
        return FutureFailedError(str(error or "the operation failed, and the service says no more"), "failed")
    code = str(error.get("code") or "failed")
    text = "%s (%s)" % (error.get("message") or error.get("detail") or "the operation failed", code)
    if code.upper() == "FUTURE_CANCELLED":
        return FutureCancelledError(text, code)
    return FutureFailedError(text, code, None, error.get("details"))


# Names that programs written for the earlier SDKs may catch.
DPBudgetExceededError = DPBudgetExceeded
TrainingClientNotFoundError = TrainingClientNotFound
FutureNotFoundError = FutureNotFound
ArtifactNotFoundError = ArtifactNotFound
RateLimitedError = RateLimited
QueueFullError = QueueFull
