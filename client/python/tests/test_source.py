"""Rules over the package's own files."""

import ast
import glob
import os
import subprocess
import sys
import unittest

from tests.support import PACKAGE

SOURCES = sorted(glob.glob(os.path.join(PACKAGE, "lace", "*.py")))


class Sources(unittest.TestCase):
    def test_every_file_is_python_3_8(self):
        self.assertGreater(len(SOURCES), 10)
        for path in SOURCES:
            with open(path, encoding="utf-8") as file:
                ast.parse(file.read(), path, feature_version=(3, 8))

    def test_only_the_standard_library_and_torch_are_imported(self):
        allowed = set(getattr(sys, "stdlib_module_names", ())) | {"lace", "torch"}
        if len(allowed) == 2:
            self.skipTest("this Python cannot list its standard library")
        for path in SOURCES:
            with open(path, encoding="utf-8") as file:
                tree = ast.parse(file.read())
            for node in ast.walk(tree):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    names = [node.module]
                for name in names:
                    self.assertIn(name.split(".")[0], allowed, path)

    def test_import_is_light(self):
        code = (
            "import sys, time; start = time.perf_counter(); import lace; from lace import monitor; "
            "print(1e3 * (time.perf_counter() - start)); "
            "assert not {'torch', 'ssl', 'urllib', 'urllib.request', 'http.client'} & set(sys.modules)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], env=dict(os.environ, PYTHONPATH=PACKAGE), stdout=subprocess.PIPE, check=True
        )
        print("import lace, monitor: %.1f ms" % float(done.stdout))


if __name__ == "__main__":
    unittest.main()
