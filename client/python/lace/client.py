"""``LaceClient``: the service's questions and answers for a Python program."""

import json
import os
import shutil
import subprocess

from lace import _config


class LaceError(RuntimeError):
    """The service or the ``lace`` command did not do what was asked; ``code`` is stable, the text says cause and remedy."""

    def __init__(self, message, code=None, status=None):
        RuntimeError.__init__(self, message)
        self.code = code
        self.status = status


class LaceClient:
    def __init__(self, api_key=None, base_url=None):
        """Both default to LACE_API_KEY and LACE_BASE_URL, then ./lace.toml, then ~/.config/lace/config.toml."""
        self.api_key, url = _config.credentials(api_key, base_url, _config.current_attestation()[0].get("base_url"))
        self.base_url = url.rstrip("/")
        self.attestation_id = None

    def attest(self, dataset_path, name=None, metadata=None, plan=None):
        """Commits to a dataset and returns the attestation as a dict.

        The ``lace`` command does it (LACE_CLI, or found on PATH): records are read and hashed on this machine only.
        """
        command = [_command(), "attest", "--dataset", os.fspath(dataset_path), "--json"]
        if name is not None:
            command += ["--name", name]
        for key, value in (metadata or {}).items():
            command += ["--metadata", "%s=%s" % (key, value)]
        if plan:
            command += ["--plan", ",".join("%s=%s" % pair for pair in plan.items())]
        environment = dict(os.environ, LACE_BASE_URL=self.base_url)
        if self.api_key:
            environment["LACE_API_KEY"] = self.api_key
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise LaceError("`lace attest` failed: %s" % (lines[-1] if lines else "exit code %d" % done.returncode), "attest_failed")
        try:
            attestation = json.loads(done.stdout.decode("utf-8"))
            self.attestation_id = attestation.get("attestation_id") or attestation["id"]
        except (ValueError, KeyError, AttributeError) as failure:
            raise LaceError("`lace attest --json` did not print an attestation: %s" % failure, "attest_failed") from failure
        return attestation

    def log_loss(self, step, loss, batch=None, lr=None, tokens=None):
        """Records one point; the first call begins the run on the attestation made by ``attest``, or the current one."""
        from lace._monitor import monitor

        monitor.begin(attestation_id=self.attestation_id, api_key=self.api_key, base_url=self.base_url)
        monitor.log(step, loss, batch, lr, tokens)

    def verify(self, identifier):
        """The whole verification of a run, or of an attestation's newest run (docs/protocol.md section 8)."""
        from urllib.parse import quote

        from lace._http import Refused, Unreachable, request

        try:
            answer = request("GET", "%s/v1/verify/%s" % (self.base_url, quote(identifier, safe="")), key=self.api_key, timeout=60.0)
        except Refused as refused:
            raise LaceError(str(refused), refused.code, refused.status) from refused
        except Unreachable as failure:
            raise LaceError("%s: is the service running? (`lace serve`, LACE_BASE_URL)" % failure, "unreachable") from failure
        if not isinstance(answer, dict):
            raise LaceError("the service's answer is no verification", "bad_answer")
        return answer

    def get_correlation(self, attestation_id):
        """``{"score": …, "verdict": …}``: an effect size, with neither its p-value nor the checks; see ``verify``."""
        return self.verify(attestation_id).get("correlation") or {"score": None, "verdict": None}


def _command():
    chosen = os.environ.get("LACE_CLI") or shutil.which("lace")
    if not chosen or not (os.path.isfile(chosen) or shutil.which(chosen)):
        raise LaceError(
            "the `lace` command is not there: a dataset is read on this machine by it. Put it on PATH or set LACE_CLI",
            "no_cli",
        )
    return chosen
