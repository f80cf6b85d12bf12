"""What the tests share: a fresh monitor with its own folder and service, and warnings that can be read."""

import contextlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if PACKAGE not in sys.path:
    sys.path.insert(0, PACKAGE)

from lace import _say  # noqa: E402
from lace._monitor import Monitor  # noqa: E402
from tests.service_double import KEY, ServiceDouble  # noqa: E402

HAS_TORCH = importlib.util.find_spec("torch") is not None
needs_torch = unittest.skipUnless(HAS_TORCH, "PyTorch is not installed (Debian: python3-torch)")
ATTESTATION = "lace-20261120-134501-x7k2p9"


class ServiceTest(unittest.TestCase):
    def setUp(self):
        cleanup = contextlib.ExitStack()
        self.addCleanup(cleanup.close)
        self.folder = cleanup.enter_context(tempfile.TemporaryDirectory())
        self.service = ServiceDouble()
        cleanup.callback(self.service.close)
        self.environment = {
            "LACE_ATTESTATION_ID": ATTESTATION,
            "LACE_API_KEY": KEY,
            "LACE_BASE_URL": self.service.url,
            "LACE_SPOOL": os.path.join(self.folder, "spool"),
        }
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LACE_")}
        clean.update(self.environment, XDG_CONFIG_HOME=self.folder, PYTHONPATH=PACKAGE)
        cleanup.enter_context(mock.patch.dict(os.environ, clean, clear=True))
        self.said = []
        cleanup.enter_context(mock.patch.object(_say, "_write", self.said.append))
        cleanup.enter_context(mock.patch.object(_say, "_said", set()))
        self.monitor = Monitor()
        cleanup.callback(self.monitor.stop)

    def warned(self, text):
        return sum(text in line for line in self.said)

    def finished(self, points, stop=True):
        """The only run, ended and checked, with so many points."""
        if stop:
            self.monitor.stop(20.0)
        self.assertEqual([], self.service.errors)
        run = self.service.run
        run.opened = run.check()
        self.assertTrue(run.closed, self.said)
        self.assertEqual(points, len(run.points), self.said)
        return run

    def wait_for(self, condition, what, seconds=15.0):
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                self.fail("never saw: " + what)
            time.sleep(0.01)

    def python(self, code, timeout=60, wait=True, **environment):
        """Runs code, or a script given as a path, in a process of its own; (exit code, stderr)."""
        command = [code] if code.endswith(".py") else ["-c", code]
        process = subprocess.Popen(
            [sys.executable] + command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=dict(os.environ, **environment), cwd=self.folder,
        )  # fmt: skip
        if not wait:
            return process
        _, errors = process.communicate(timeout=timeout)
        return process.returncode, errors.decode()
