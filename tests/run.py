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


class Counts:
    def __init__(self):
        self.passed = self.failed = 0
        self.skipped = []

    def line(self):
        return f"{self.passed} passed, {self.failed} failed, {len(self.skipped)} skipped"


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

    for name, reason in counts.skipped:
        print(f"skipped: {name}: {reason}")
    print(counts.line(), flush=True)
    return 1 if counts.failed or not counts.passed else 0


def check(counts, name, *commands):
    heading(name)
    good = all(subprocess.run(command).returncode == 0 for command in commands)
    if not good:
        counts.failed += 1
        print(f"failed: {name}", flush=True)
    return good


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
    failed = 0
    for case in cases:
        skip = case.find("skipped")
        if skip is not None:
            reason = skip.get("message") or skip.text or "no reason given"
            counts.skipped.append((case.get("name"), reason.strip()))
        elif case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        else:
            counts.passed += 1
    if code != 0 and failed == 0:
        print(f"failed: tests/{name} ended with code {code}", flush=True)
        failed = 1
    counts.failed += failed


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
    ran = last_number(output, r"Ran (\d+) tests? in")
    failed = last_number(output, r"FAILED.*failures=(\d+)") + last_number(output, r"FAILED.*errors=(\d+)")
    failed += last_number(output, r"FAILED.*unexpected successes=(\d+)")
    counts.passed += max(0, ran - failed - len(skipped))
    if tests.returncode != 0 and failed == 0:
        print(f"failed: the Python tests ended with code {tests.returncode}", flush=True)
        failed = 1
    counts.failed += failed
    counts.skipped += skipped


def last_number(lines, pattern):
    return next((int(match.group(1)) for line in reversed(lines) if (match := re.match(pattern, line))), 0)


def heading(text):
    print(f"\n== {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
