#!/usr/bin/python3
"""What `./run test` does. It goes on after a failure and ends with the line `N passed, N failed, N skipped`.

A check that is no test (the format, the build, a test program that ends without a report) counts only when it fails:
as one failure.
"""
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "out" / "test"
PYTHON = "/usr/bin/python3"
OUTCOMES = ("skipped", "failure", "error")


class Counts:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []

    def fail(self, name, reason):
        print(f"failed: {name}: {reason}", flush=True)
        self.failed.append((name, reason))

    def print_summary(self):
        """What did not pass is said again here: of a long output often only the end is kept."""
        for name, reason in self.skipped:
            print(f"skipped: {name}: {reason}")
        for name, reason in self.failed:
            print(f"failed: {name}: {reason}")
        print(f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped", flush=True)


def main():
    os.chdir(ROOT)
    REPORTS.mkdir(parents=True, exist_ok=True)
    counts = Counts()
    check(counts, "format", ["dotnet", "tool", "restore"], ["dotnet", "csharpier", "check", "."])
    if check(counts, "build", ["dotnet", "build", "Lace.Cloud.sln", "-c", "Release", "-v", "quiet", "--nologo"]):
        for project in sorted(ROOT.glob("tests/*/*.csproj")):
            if "xunit.v3" in project.read_text(encoding="utf-8"):
                dotnet_tests(counts, project)
    python_tests(counts)

    counts.print_summary()
    return 1 if counts.failed or not counts.passed else 0


def check(counts, name, *commands):
    heading(name)
    for command in commands:
        code = subprocess.run(command).returncode
        if code != 0:
            counts.fail(name, f"{' '.join(command)} ended with code {code}")
            return False
    return True


def dotnet_tests(counts, project):
    name = project.parent.name
    heading(f"tests/{name}")
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    command = ["dotnet", "test", "--project", str(project), "-c", "Release", "--no-build"]
    command += ["--results-directory", str(REPORTS), "--report-junit", "--report-junit-filename", report.name]
    code = subprocess.run(command).returncode
    cases = list(ElementTree.parse(report).getroot().iter("testcase")) if report.exists() else []
    print_contracts(cases)
    failed_before = len(counts.failed)
    for case in cases:
        outcome = next((found for tag in OUTCOMES if (found := case.find(tag)) is not None), None)
        if outcome is None:
            counts.passed += 1
            continue
        reason = (outcome.get("message") or outcome.text or "no reason given").strip()
        if outcome.tag == "skipped":
            counts.skipped.append((case.get("name"), reason))
        else:
            counts.fail(case.get("name"), reason)
    if code != 0 and len(counts.failed) == failed_before:
        counts.fail(f"tests/{name}", f"the test program ended with code {code}")


def print_contracts(cases):
    """How often the contract of each port held, by adapter: the same tests on every one."""
    kinds = [("embedded", "Embedded"), ("AWS", "Aws"), ("AWS under faults", "Aws{}UnderFaults")]
    passed = {}
    for case in cases:
        name = case.get("classname", "").rpartition(".")[2]
        if not len(case):
            passed[name] = passed.get(name, 0) + 1
    rows = []
    for port in ("ItemStore", "BlobStore", "KeyService", "Queue", "Jobs"):
        names = [(kind if "{}" in kind else kind + "{}").format(port) + "Tests" for _, kind in kinds]
        if any(name in passed for name in names):
            rows.append([port] + [str(passed.get(name, 0)) for name in names])
    if rows:
        print("contract tests passed: " + ", ".join(title for title, _ in kinds))
        for row in rows:
            print(f"  {row[0]:<12}" + "".join(f"{count:>8}" for count in row[1:]), flush=True)


def python_tests(counts):
    heading("client/python")
    command = [PYTHON, "-B", "-m", "unittest", "discover", "-s", "client/python/tests", "-t", "client/python", "-v"]
    output = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as tests:
        for line in tests.stdout:
            sys.stdout.write(line)
            output.append(line)
    (REPORTS / "python.txt").write_text("".join(output), encoding="utf-8")
    skipped = [match.groups() for line in output if (match := re.match(r"(.*) \.\.\. skipped ['\"](.*)['\"]$", line))]
    failed = [match.groups() for line in output if (match := re.match(r"(?:FAIL|ERROR|UNEXPECTED SUCCESS): (.*)$", line))]
    ran = last_number(output, r"Ran (\d+) tests? in")
    counts.passed += max(0, ran - len(failed) - len(skipped))
    counts.skipped += skipped
    for (name,) in failed:
        counts.fail(name, "see the output of client/python")
    if tests.returncode != 0 and not failed:
        counts.fail("client/python", f"the tests ended with code {tests.returncode}")


def last_number(lines, pattern):
    return next((int(match.group(1)) for line in reversed(lines) if (match := re.match(pattern, line))), 0)


def heading(text):
    print(f"\n== {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
