"""The examples of the two earlier projects' READMEs, against the double here, against the service in tests/System/Train."""

import contextlib
import io
import os
import unittest
from unittest import mock

from tests import readme_examples
from tests.training_double import KEY
from tests.training_support import TrainingTest

SEEDS = os.path.join(os.environ.get("LACE_SHARED") or os.path.join(os.path.dirname(__file__), *[".."] * 4, "shared"), "seeds")

README = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "README.md")


class OurExamples(TrainingTest):
    def test_ours(self):
        settings = {"LACE_BASE_URL": self.double.url, "LACE_API_KEY": KEY}
        blocks = [block for block in readme_examples.examples(README) if "tc." in block]
        self.assertEqual(2, len(blocks))
        names = {"records": [[1, 2, 3]] * 1000}
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)
        with mock.patch.dict(os.environ, settings), contextlib.redirect_stdout(io.StringIO()):
            for block in blocks:
                exec(compile(block, README, "exec"), names)
        names["service"].close()
        self.assertTrue(os.path.exists("model.safetensors"))
        self.assertEqual(50, self.double.clients["tc-2"]["charged"])


@unittest.skipUnless(os.path.isdir(SEEDS), "the earlier projects' READMEs are not here (%s)" % SEEDS)
class Examples(TrainingTest):
    def check(self, name):
        with mock.patch.dict(os.environ, {"LACE_DATASET_SIZE": "1000"}):
            ran = list(readme_examples.run(os.path.join(SEEDS, name), self.double.url, KEY))
        self.assertEqual(9, len(ran))
        self.assertEqual(1, sum(reason is not None for _, _, reason in ran))
        printed = "".join(text for _, text, _ in ran)
        for line in ("Privacy spent: ε=0.03, δ=1e-05\n", "Encrypted with: AES-256-GCM\n", "Steps completed: "):
            self.assertIn(line, printed)

    def test_tensafe(self):
        self.check("tensafe.md")

    def test_tg_tinker(self):
        self.check("tg-tinker.md")

    def test_an_address_without_a_version_and_no_size(self):
        with self.assertRaisesRegex(ValueError, "LACE_DATASET_SIZE"):
            list(readme_examples.run(os.path.join(SEEDS, "tensafe.md"), self.double.url, KEY))


if __name__ == "__main__":
    unittest.main()
