"""``TrainingClient``: one fine-tuning session of the service."""

import threading

from lace.training import data as _data
from lace.training import errors
from lace.training.futures import FutureHandle
from lace.training.loader import PoissonLoader
from lace.training.results import DPMetrics

# Seconds for which the service may hold a request that answers with its result.
_HELD = 30.0
# After these the operation certainly has no place in the order; after anything else it may have one.
_REFUSALS = (
    errors.AuthenticationError, errors.PermissionDenied, errors.NotFound, errors.ValidationError, errors.Conflict, errors.RateLimited,
    errors.QueueFull,
)  # fmt: skip
_NOT_HERE = {
    "save_weights_for_sampler": "sample() uses the weights as they are; save_state() keeps them",
    "save_weights_and_get_sampling_client": "use sample() of this object",
    "create_sampling_client": "use sample() of this object",
    "forward_backward_custom": "a loss of your own would need the caller's gradients; use loss_fn importance_sampling or ppo",
    "load_state_with_optimizer": "load_state() restores the optimizer too",
}


class TrainingClient:
    """Made by ``ServiceClient``; one object may be used from several threads.

    Every operation carries its place in the order (``seq_id``), so that it happens once however often it had to be sent, and several can be
    under way: they are executed in the order of the calls. ``step``, ``status``, ``config`` and ``dp_metrics`` are as last heard; ``refresh()`` asks.
    """

    def __init__(self, service, answer):
        self._service = service
        self._sending = threading.Lock()
        self._last = None
        self._in_doubt = False
        self._answer = {}
        self._take(answer)
        self._seq = self._answer.get("next_seq_id") or 1

    def __repr__(self):
        return "TrainingClient(%r, model_ref=%r, status=%r, step=%d)" % (self.id, self.model_ref, self.status, self.step)

    def __getattr__(self, name):
        if name in _NOT_HERE:
            raise AttributeError("%s is not part of this service: %s" % (name, _NOT_HERE[name]))
        raise AttributeError("TrainingClient has no %r" % name)

    # What is known of it.

    @property
    def id(self):
        return self._answer["training_client_id"]

    training_client_id = id

    @property
    def model_ref(self):
        return self._answer.get("model_ref")

    @property
    def status(self):
        """``initializing``, ``ready``, ``busy``, ``error`` or ``terminated``."""
        return self._answer.get("status")

    @property
    def step(self):
        """Optimizer steps that are done."""
        return self._answer.get("step") or 0

    @property
    def config(self):
        """The configuration as the service has it, its defaults filled in; a dict."""
        return self._answer.get("config") or {}

    @property
    def dp_enabled(self):
        dp = self.config.get("dp_config")
        return dp is not None and dp.get("enabled", True)

    @property
    def dp_metrics(self):
        """DPMetrics, or None without differential privacy."""
        metrics = self._answer.get("dp_metrics")
        return DPMetrics.of(metrics) if metrics else None

    def refresh(self):
        """Asks the service; also takes the next place in the order from it. Returns this object."""
        with self._sending:
            self._refresh()
        return self

    def get_dp_metrics(self, wait=True):
        """DPMetrics. ``wait``: first for the operations that this object has sent, so that their steps are counted in."""
        if wait and self._last is not None:
            self._last.exception()
        return DPMetrics.of(self._service._transport.get(self._path("/dp_metrics")))

    # Operations.

    def forward_backward(self, data, loss_fn="cross_entropy", loss_fn_config=None, batch_hash=None):
        """Adds the gradients of a batch to what is accumulated; under DP each record's own, clipped. FutureHandle of ForwardBackwardResult.

        ``data``: a dict with ``input_ids``, ``attention_mask`` and ``labels``, or a list of Datum; one that is empty is an empty batch, which under
        Poisson sampling happens and counts. ``loss_fn`` cross_entropy, importance_sampling or ppo; ``loss_fn_config``: for ppo,
        ``clip_low_threshold`` and ``clip_high_threshold``. ``batch_hash``: "sha256:…" of the batch in canonical JSON, which the service compares.
        """
        return self._send("forward_backward", self._batch(data, loss_fn, loss_fn_config, batch_hash))

    def forward(self, data, loss_fn="cross_entropy", loss_fn_config=None):
        """Losses and log-probabilities without gradients. FutureHandle of ForwardBackwardResult."""
        return self._send("forward", self._batch(data, loss_fn, loss_fn_config, None))

    def optim_step(self, adam_params=None, apply_dp_noise=None, **figures):
        """One optimizer step with what is accumulated, under DP with noise; it is charged. FutureHandle of OptimStepResult.

        ``adam_params`` (AdamParams) or any of learning_rate, beta1, beta2, eps, weight_decay, grad_clip_norm hold for this step. Raises
        DPBudgetExceeded at once, and nothing is trained, if the step would go beyond the target.
        """
        if isinstance(adam_params, bool):  # optim_step(True) of the earlier SDKs
            adam_params, apply_dp_noise = None, adam_params
        body = _figures(adam_params, figures)
        if apply_dp_noise is not None:
            body["apply_dp_noise"] = bool(apply_dp_noise)
        return self._send("optim_step", body)

    def train_step(self, steps=1, adam_params=None, **figures):
        """Whole steps on the dataset that the training client was made with; the worker draws each batch. FutureHandle of TrainStepResult."""
        return self._send("train_step", dict(_figures(adam_params, figures), steps=steps))

    def sample(self, prompts, max_tokens=128, temperature=0.7, top_p=0.9, top_k=50, stop_sequences=None, num_samples=1, seed=None,
               logprobs=False, prompt_logprobs=False, timeout=None):  # fmt: skip
        """Text from the model as it is now: a SampleResult with ``num_samples`` samples of each prompt, prompts in order.

        ``max_tokens`` new tokens a sample, 1 to 4,096; ``temperature`` 0 (always the likeliest token) to 2; ``seed`` makes it repeatable;
        ``logprobs``: natural logarithms of the tokens' probabilities. Waits; raises FutureTimeoutError after ``timeout`` seconds.
        """
        body = {
            "prompts": [prompts] if isinstance(prompts, str) else list(prompts), "max_tokens": max_tokens, "temperature": temperature,
            "top_p": top_p, "top_k": top_k, "num_samples": num_samples, "logprobs": logprobs, "prompt_logprobs": prompt_logprobs,
        }  # fmt: skip
        if stop_sequences:
            body["stop_sequences"] = [stop_sequences] if isinstance(stop_sequences, str) else list(stop_sequences)
        if seed is not None:
            body["seed"] = seed
        return self._send("sample", body).result(timeout)

    def save_state(self, name=None, include_optimizer=True, metadata=None, timeout=None):
        """Seals the state into an artifact with its signed certificate: a SaveStateResult.

        ``include_optimizer``: so that training can go on from it as if it had not stopped.
        """
        body = {"include_optimizer": include_optimizer, "metadata": metadata or {}}
        if name is not None:
            body["name"] = name
        return self._send("save_state", body).result(timeout)

    def load_state(self, artifact_id, include_optimizer=True, timeout=None):
        """Goes on from an artifact of the same model: a LoadStateResult. What was spent of the privacy budget stays spent."""
        artifact_id = getattr(artifact_id, "artifact_id", artifact_id)
        return self._send("load_state", {"artifact_id": artifact_id, "include_optimizer": include_optimizer}).result(timeout)

    def poisson_loader(self, records, steps, **settings):
        """PoissonLoader over ``records`` at the sampling rate that this training client is accounted for."""
        rate = (self.config.get("dp_config") or {}).get("sample_rate")
        if rate is None:
            raise errors.ValidationError("there is no sampling rate: the training client has no dp_config", "VALIDATION_ERROR")
        return PoissonLoader(records, rate, steps, **settings)

    def delete(self):
        """Ends the session. Its artifacts and its certificate stay."""
        self._service.delete_training_client(self.id)
        self._answer["status"] = "terminated"

    # How it is sent.

    def _send(self, operation, body):
        """One at a time: the next place in the order is known only when the service has taken this one.

        A refused operation takes no place. After a connection that broke off it is not known whether it did: the same call again then finds
        the same operation, and any other one meets a conflict, which says that it did.
        """
        with self._sending:
            try:
                answer = self._post(operation, body)
            except errors.SeqConflict:
                if not self._in_doubt:
                    raise
                self._refresh()
                answer = self._post(operation, body)
            self._seq += 1
            self._last = self._future(operation, answer)
            return self._last

    def _post(self, operation, body):
        held = operation in ("sample", "save_state", "load_state")
        try:
            answer = self._service._transport.post(self._path("/" + operation), dict(body, seq_id=self._seq), wait=_HELD if held else 0.0)
        except BaseException as failure:  # an interrupt in the middle leaves doubt too
            # A request that is held may have been accepted, executed and failed before it was answered.
            self._in_doubt = self._in_doubt or held or not isinstance(failure, _REFUSALS)
            raise
        self._in_doubt = False
        return answer

    def _future(self, operation, answer):
        if isinstance(answer, dict) and "future_id" in answer:
            handle = (answer["future_id"], self._service, self.id, operation, self._service.poll_interval, answer)
            return FutureHandle(*handle, ended=self._heard)
        if not isinstance(answer, dict):
            raise errors.Unreachable("the service's answer to %s is neither a future nor a result" % operation, "bad_answer")
        # The service had the result in time and sent it at once.
        done = {"status": "completed", "operation": operation, "result": answer}
        return FutureHandle(None, self._service, self.id, operation, answer=done, ended=self._heard)

    def _heard(self, result):
        step = getattr(result, "step", None)
        if isinstance(step, int):
            self._answer["step"] = step

    def _batch(self, data, loss_fn, loss_fn_config, batch_hash):
        body = dict(_data.request_data(data), loss_fn=loss_fn)
        if loss_fn_config:
            body["loss_fn_config"] = dict(loss_fn_config)
        if batch_hash:
            body["batch_hash"] = batch_hash
        return body

    def _refresh(self):
        self._take(self._service._transport.get(self._path("")))
        self._seq = self._answer.get("next_seq_id") or self._seq
        self._in_doubt = False

    def _take(self, answer):
        if not isinstance(answer, dict) or "training_client_id" not in answer:
            raise errors.Unreachable("the service's answer is no training client", "bad_answer")
        self._answer = answer

    def _path(self, rest):
        return "/training_clients/" + self.id + rest


def _figures(adam_params, figures):
    known = _data.AdamParams.__dataclass_fields__
    given = dict(vars(adam_params) if adam_params is not None else {}, **figures)
    unknown = [name for name in given if name not in known]
    if unknown:
        raise TypeError("an optimizer step has no %s; it has %s" % (", ".join(unknown), ", ".join(known)))
    return {name: value for name, value in given.items() if value is not None}
