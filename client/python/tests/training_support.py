"""What the tests of the training SDK share: a double of the service, a clean environment, and waiting that takes no time."""

import contextlib
import os
import tempfile
import unittest
from unittest import mock

from tests.support import PACKAGE  # noqa: F401  puts the package on the path
from tests.training_double import KEY, TrainingDouble

from lace.training import DPConfig, ServiceClient, TrainingConfig

BATCH = {"input_ids": [[1, 2, 3], [4, 5, 6]], "attention_mask": [[1, 1, 1], [1, 1, 0]], "labels": [[1, 2, 3], [4, 5, -100]]}


class TrainingTest(unittest.TestCase):
    def setUp(self):
        cleanup = contextlib.ExitStack()
        self.addCleanup(cleanup.close)
        self.folder = cleanup.enter_context(tempfile.TemporaryDirectory())
        self.double = TrainingDouble()
        cleanup.callback(self.double.close)
        mine = ("LACE_", "TS_", "TG_TINKER_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
        clean.update(XDG_CONFIG_HOME=self.folder, PYTHONPATH=PACKAGE)
        cleanup.enter_context(mock.patch.dict(os.environ, clean, clear=True))
        self.slept = []
        self.cleanup = cleanup

    def service(self, **settings):
        service = ServiceClient(**dict({"base_url": self.double.url, "api_key": KEY}, **settings))
        service._transport._sleep, service._transport._jitter = self.slept.append, lambda: 0.0
        self.cleanup.callback(service.close)
        return service

    def training_client(self, **dp):
        dp_config = DPConfig(**dict({"dataset_size": 1000}, **dp))
        return self.service().create_training_client(TrainingConfig(model_ref="org/model", dp_config=dp_config))
