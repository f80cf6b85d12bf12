"""Runs the Python examples of an earlier project's README, word for word, against a service.

    LACE_BASE_URL=… LACE_API_KEY=… LACE_DATASET_SIZE=… python3 -m tests.readme_examples ../shared/seeds/tensafe.md

Two things of the text are replaced: the address and the key, which are placeholders there. ``dataloader`` is what its name says in the
examples, a loader of the reader's own. Packages (TSSP, TGSP) are not part of this version: that example is skipped.
"""

import contextlib
import io
import os
import random
import re
import sys

ADDRESS, KEY = '"http://localhost:8000"', '"your-api-key"'
SKIPPED = {"Bridge": "packages (TSSP, TGSP) are not part of this version"}


def examples(path):
    """The Python blocks of a Markdown file, in its order."""
    with open(path, encoding="utf-8") as file:
        return re.findall(r"^```python\n(.*?)^```", file.read(), re.DOTALL | re.MULTILINE)


def dataloader(batches=3, records=8, tokens=12, vocabulary=256):
    """Batches as PyTorch's tokenizers and collators make them, of lists: the last tokens of a record may be padding."""
    rng = random.Random(7)
    for _ in range(batches):
        rows = [[rng.randrange(vocabulary) for _ in range(tokens)] for _ in range(records)]
        lengths = [rng.randrange(2, tokens + 1) for _ in rows]
        yield {
            "input_ids": rows,
            "attention_mask": [[1] * length + [0] * (tokens - length) for length in lengths],
            "labels": [row[:length] + [-100] * (tokens - length) for row, length in zip(rows, lengths)],
        }


def run(path, base_url, api_key):
    """(first line of the example, what it printed, None or why it was skipped), one for each example."""
    blocks = examples(path)
    # The whole example comes first: the others speak of its `service`, `tc` and `batch`.
    blocks.sort(key=lambda block: "ServiceClient(" not in block)
    names = {"__name__": "readme", "dataloader": list(dataloader())}
    for block in blocks:
        first = block.strip().splitlines()[0]
        reason = next((why for name, why in SKIPPED.items() if name in block), None)
        printed = io.StringIO()
        if reason is None:
            text = block.replace(ADDRESS, repr(base_url)).replace(KEY, repr(api_key))
            with contextlib.redirect_stdout(printed):
                exec(compile(text, first, "exec"), names)
        yield first, printed.getvalue(), reason


def main():
    for first, printed, reason in run(sys.argv[1], os.environ["LACE_BASE_URL"], os.environ["LACE_API_KEY"]):
        print("== %s" % first)
        print("skipped: %s" % reason if reason else printed, end="\n" if reason else "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
