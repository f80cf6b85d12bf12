"""LaceClient and the settings."""

import json
import os
import stat
import unittest

from tests.support import ATTESTATION, ServiceTest
from tests.service_double import KEY

from lace import _config

CLI = """#!%s
import json, os, sys
# A test double of the `lace` command: it shows what it was called with.
if "--fail" in os.environ.get("DOUBLE", ""):
    print("lace: empty.jsonl has no records", file=sys.stderr)
    sys.exit(2)
print(json.dumps({"id": "lace-20261120-134501-x7k2p9", "arguments": sys.argv[1:], "key": os.environ["LACE_API_KEY"]}))
"""


class Client(ServiceTest):
    def command(self):
        import sys

        path = os.path.join(self.folder, "lace")
        with open(path, "w", encoding="utf-8") as file:
            file.write(CLI % sys.executable)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        return path

    def client(self):
        from lace import LaceClient

        return LaceClient(api_key=KEY, base_url=self.service.url)

    def test_attest_calls_the_command(self):
        os.environ["LACE_CLI"] = self.command()
        answer = self.client().attest(dataset_path="data/x.jsonl", name="my data", metadata={"a": "b c"}, plan={"epochs": 1})
        expected = ["attest", "--dataset", "data/x.jsonl", "--json", "--name", "my data", "--metadata", "a=b c", "--plan", "epochs=1"]
        self.assertEqual(expected, answer["arguments"])
        self.assertEqual(KEY, answer["key"])

    def test_attest_says_what_failed(self):
        from lace import LaceError

        os.environ["LACE_CLI"] = self.command()
        os.environ["DOUBLE"] = "--fail"
        with self.assertRaisesRegex(LaceError, "empty.jsonl has no records"):
            self.client().attest("empty.jsonl")
        os.environ["LACE_CLI"] = os.path.join(self.folder, "nowhere")
        with self.assertRaisesRegex(LaceError, "set LACE_CLI"):
            self.client().attest("empty.jsonl")

    def test_log_loss_and_correlation(self):
        from lace import LaceError
        from lace._monitor import monitor

        client = self.client()
        for step in range(3):
            client.log_loss(step=step, loss=2.0 - step, batch=iter([step, step + 1]))
        self.addCleanup(monitor.stop)
        monitor.stop(20.0)
        run = self.finished(3, stop=False)
        self.assertEqual([{"i": [2, 3]}], run.points[2]["batch"])
        self.assertEqual("streamed", run.asked["order"])
        self.assertEqual({"score": 0.5, "verdict": "LOW_CONFIDENCE"}, client.get_correlation(run.id))
        self.assertEqual("INCONCLUSIVE", client.verify(run.id)["verdict"])
        with self.assertRaises(LaceError) as refused:
            client.verify("lace-of-nobody/../x")
        self.assertEqual(("not_found", 404), (refused.exception.code, refused.exception.status))
        self.service.close()
        with self.assertRaisesRegex(LaceError, "is the service running"):
            client.verify(run.id)

    def test_log_loss_of_the_package(self):
        import lace
        from lace._monitor import monitor

        lace.log_loss(0, 1.5, batch=range(3))
        self.addCleanup(monitor.stop)
        monitor.stop(20.0)
        run = self.finished(1, stop=False)
        self.assertEqual([0, 1, 2], run.points[0]["batch"][0]["i"])
        with self.assertRaises(AttributeError):
            lace.nothing


class Settings(ServiceTest):
    def setUp(self):
        super().setUp()
        here = os.getcwd()
        self.addCleanup(os.chdir, here)
        os.chdir(self.folder)
        for name in self.environment:
            os.environ.pop(name, None)

    def write(self, path, text):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def test_argument_before_environment_before_files_before_default(self):
        self.assertEqual((None, _config.DEFAULT_BASE_URL), _config.credentials())
        self.write("lace/config.toml", '# mine\napi_key = "home"\nbase_url = "https://home.example"\nother = 3\n')
        self.assertEqual(("home", "https://home.example"), _config.credentials())
        self.write("lace.toml", 'api_key = "here" # a comment\nnonsense\n')
        self.assertEqual(("here", "https://home.example"), _config.credentials())
        os.environ["LACE_API_URL"] = "http://alias.example"
        self.assertEqual("http://alias.example", _config.credentials()[1])
        os.environ.update(LACE_API_KEY="env", LACE_BASE_URL="http://env.example")
        self.assertEqual(("env", "http://env.example"), _config.credentials())
        self.assertEqual(("arg", "http://arg.example"), _config.credentials("arg", "http://arg.example"))
        with self.assertRaisesRegex(ValueError, "must begin with http"):
            _config.credentials(base_url="file:///etc/passwd")

    def test_the_pointer_of_lace_attest(self):
        self.assertIsNone(_config.resolve().attestation_id)
        self.write(".lace/current.json", json.dumps({"attestation_id": ATTESTATION, "root": "ab" * 32, "records": 9}))
        settings = _config.resolve()
        self.assertEqual((ATTESTATION, 9), (settings.attestation_id, settings.records))
        self.assertEqual(os.path.join(os.path.realpath(".lace"), "spool"), os.path.realpath(_config.state_folder(settings)))
        os.environ["LACE_ATTESTATION_ID"] = "lace-another"
        self.assertEqual(("lace-another", None), (_config.resolve().attestation_id, _config.resolve().root))
        self.assertEqual("lace-third", _config.resolve(attestation_id="lace-third").attestation_id)

    def test_a_broken_pointer_is_said_and_training_goes_on(self):
        self.write(".lace/current.json", "[1]")
        self.monitor()
        self.assertEqual(1, self.warned("is not a JSON object"))


if __name__ == "__main__":
    unittest.main()
