"""``ServiceClient``: the training API of one service."""

import os
import uuid

from lace import __version__, _config
from lace.training import errors
from lace.training._transport import Transport, setting
from lace.training.config import LoRAConfig, TrainingConfig
from lace.training.futures import Callbacks, FutureHandle
from lace.training.training_client import TrainingClient

# The worker commits to the order of all batches before the first loss: protocol section 6.
RUN_ORDER = "epoch"


class ServiceClient:
    """Where what is not given comes from: LACE_API_KEY, LACE_BASE_URL, LACE_TENANT_ID, LACE_TIMEOUT and LACE_RETRY_COUNT, the same names with TS_
    or TG_TINKER_, then ./lace.toml and ~/.config/lace/config.toml (``api_key``, ``base_url``).

    ``base_url`` with or without ``/v1`` or ``/api/v1``. ``timeout``: seconds for one answer, and for waiting where the service is busy (429, 503).
    ``retry_count``: how often a request is sent again after a broken connection or a 5xx; whatever it was, it happens once. A tenant's key says
    who it is; ``tenant_id`` is only sent along. ``poll_interval``: seconds between questions where the service does not hold them open.
    """

    def __init__(self, base_url=None, api_key=None, tenant_id=None, timeout=None, retry_count=None, poll_interval=1.0):
        key, url = _config.credentials(setting("API_KEY", api_key), setting("BASE_URL", base_url))
        self.base_url = _with_version(url)
        self.poll_interval = poll_interval
        self._transport = Transport(
            self.base_url,
            key,
            setting("TENANT_ID", tenant_id),
            _number("timeout", setting("TIMEOUT", timeout), 300.0, float),
            _number("retry_count", setting("RETRY_COUNT", retry_count), 3, int),
        )
        self._callbacks = Callbacks()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Closes connections. What was sent goes on."""
        self._callbacks.close()
        self._transport.close()

    # Training clients.

    def create_training_client(self, config=None, **settings):
        """Begins a fine-tuning: a TrainingClient. ``config``: a TrainingConfig, or its members as arguments."""
        if config is None:
            config = TrainingConfig(**settings)
        elif settings:
            raise TypeError("give a TrainingConfig or its members, not both")
        body = config.to_json()
        return TrainingClient(self, self._transport.post("/training_clients", body, str(uuid.uuid4())))

    def create_lora_training_client(self, base_model, rank=32, seed=None, **settings):
        """Tinker's name for a fine-tuning with adapters and without privacy, unless ``dp_config`` is given."""
        return self.create_training_client(model_ref=base_model, lora_config=LoRAConfig(rank=rank), seed=seed, **settings)

    def get_training_client(self, training_client_id):
        return TrainingClient(self, self._transport.get("/training_clients/%s" % _id(training_client_id)))

    def list_training_clients(self):
        """All of the tenant, newest first."""
        return [TrainingClient(self, item) for item in self._items("/training_clients")]

    def delete_training_client(self, training_client_id):
        """Ends a session: pending operations are cancelled and no more are accepted."""
        self._transport.request("DELETE", "/training_clients/%s" % _id(training_client_id))

    def start_run(self, attestation_id):
        """The id of a new run of an attested dataset: TrainingConfig(run=…) has the worker record its losses there, for `lace verify`."""
        body = {"attestation_id": attestation_id, "order": RUN_ORDER, "client": {"lace": __version__}}
        return self._transport.post("/runs", body, str(uuid.uuid4()))["run_id"]

    # Futures, the audit trail.

    def get_future(self, future_id):
        """The FutureHandle of an operation, say of an earlier process."""
        handle = FutureHandle(_id(future_id), self, poll_interval=self.poll_interval)
        handle.status()
        return handle

    def get_audit_logs(self, training_client_id=None, operation=None, limit=100, offset=0):
        """Entries of the tenant's audit chain as dicts. Check the chain itself with `lace audit verify`."""
        asked = {"training_client_id": training_client_id, "operation": operation, "limit": limit, "offset": offset}
        return self._items("/audit_logs", {name: value for name, value in asked.items() if value is not None})

    # Artifacts.

    def list_artifacts(self, training_client_id=None):
        """Sealed artifacts of the tenant as dicts, newest first; all, or those of one training client."""
        asked = {} if training_client_id is None else {"training_client_id": training_client_id}
        found, cursor = [], None
        while True:
            page = self._transport.get("/artifacts", dict(asked, limit=100, **({"cursor": cursor} if cursor else {}))) or {}
            found += page.get("items") or []
            cursor = page.get("next")
            if not cursor:
                return found

    def get_artifact(self, artifact_id):
        """What is known of one, a dict."""
        return self._transport.get("/artifacts/%s" % _id(artifact_id))

    def get_certificate(self, artifact_id):
        """Its signed certificate with the proof from the transparency log, a dict: for `lace verify --offline`. Only private training has one."""
        return self._transport.get("/artifacts/%s/certificate" % _id(artifact_id))

    def pull_artifact(self, artifact_id, path=None):
        """Downloads an artifact, decrypted for its owner, as safetensors; returns the path [ARTIFACT.safetensors in this folder].

        The file appears only when all of it is there.
        """
        artifact_id = _id(getattr(artifact_id, "artifact_id", artifact_id))
        path = os.fspath(path) if path is not None else artifact_id + ".safetensors"
        part = path + ".part"
        try:
            with open(part, "wb") as file:
                self._transport.download("/artifacts/%s/content" % artifact_id, file)
            os.replace(part, path)
        except BaseException:
            if os.path.exists(part):
                os.unlink(part)
            raise
        return path

    def _items(self, path, query=None):
        items = self._transport.get(path, query)
        if not isinstance(items, list):
            raise errors.Unreachable("the service's answer is no list", "bad_answer")
        return items


def _with_version(url):
    url = url.rstrip("/")
    return url if url.endswith("/v1") else url + "/v1"


def _id(text):
    """Ids come from callers: none may reach into another path."""
    if not isinstance(text, str) or not text or not all(c.isascii() and (c.isalnum() or c in "-_") for c in text):
        raise errors.ValidationError("%r is no id" % (text,), "VALIDATION_ERROR")
    return text


def _number(name, value, default, kind):
    if value is None:
        return default
    try:
        number = kind(value)
    except (TypeError, ValueError):
        number = -1
    if number < 0:
        raise errors.ValidationError("%s is a number of 0 or more, not %r" % (name, value), "VALIDATION_ERROR")
    return number
