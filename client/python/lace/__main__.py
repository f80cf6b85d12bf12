"""``python -m lace sync [FOLDER]``."""

import sys


def main(arguments):
    if arguments[:1] == ["sync"] and len(arguments) <= 2:
        from lace._sync import sync

        return sync(*arguments[1:])
    sys.stderr.write("usage: python -m lace sync [SPOOL FOLDER]\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
