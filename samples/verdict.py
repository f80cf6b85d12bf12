#!/usr/bin/python3
"""Says in one plain sentence what `lace verify --json` found; ends with 0 only if the demo knows it to be true.

    verdict.py ANSWER.json CODE EXPECTED [FIRST LAST]

CODE is the exit code of `lace verify`; FIRST and LAST are the undeclared steps.
"""
import json
import sys

EXIT_CODES = {"CONSISTENT": 0, "INCONSISTENT": 12, "PARTLY_CONSISTENT": 13}


def sentence(answer):
    statistic = answer.get("statistic")
    return answer["reason"] + (f"; score {statistic['score']:.2f}" if statistic else "")


def located(answer, first, last):
    """At least 70 % of the undeclared steps are named, and few others: at most 5 % of the run."""
    named = {step for r in answer["undeclared"]["steps"] for step in range(r["from"], r["to"] + 1)}
    truth = set(range(first, last + 1))
    return len(named & truth) >= 0.70 * len(truth) and len(named - truth) <= 0.05 * answer["run"]["points"]


def main():
    path, code, expected = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    try:
        with open(path, encoding="utf-8") as file:
            answer = json.load(file)
    except ValueError:
        print(f"  lace verify ended with code {code} and no answer", file=sys.stderr)
        return 1
    verdict = answer["verdict"]
    print(f"  {verdict}: {sentence(answer)}.")
    if verdict != expected or code != EXIT_CODES[expected]:
        print(f"  This is WRONG: not {expected} with exit code {EXIT_CODES[expected]}, but {code}.", file=sys.stderr)
        return 1
    if len(sys.argv) > 4:
        first, last = int(sys.argv[4]), int(sys.argv[5])
        print(f"  In truth it was steps {first} to {last}.")
        if not located(answer, first, last):
            print("  This is WRONG: the steps named are too far off.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
