"""What the package tells the user: short lines on standard error, each warning once a process."""

import os
import sys

_said = set()


def say(text):
    """A line of information; LACE_QUIET=1 silences it."""
    if os.environ.get("LACE_QUIET", "") in ("", "0"):
        _write(text)


def warn_once(topic, text):
    """A warning; one a topic."""
    if topic not in _said:
        _said.add(topic)
        _write(text)


def _write(text):
    try:
        sys.stderr.write("lace: " + text + "\n")
        sys.stderr.flush()
    except Exception:
        pass  # standard error can be closed at exit; there is nobody left to tell
