"""The run's log on this machine: an append-only file of chained lines, so that a killed process loses at most its last line.

A folder a run:
  items.log   one line an item: 32 hex digits of chain, a space, the item's JSON. A line ``#n`` ends segment n.
  run.json    what the server answered, with the ingest key: readable by the owner alone.
  sent        how many segments the server's queue has taken.
  lock        held by the process that writes; the system frees it when the process dies.
"""

import hashlib
import json
import os
import shutil
import time

from lace import _segment

CHAIN = 32  # hex digits of chain before each line
BUFFER_LIMIT = 64 << 20  # bytes kept in memory while the disk refuses


_open_here = set()  # POSIX locks do not keep a process from itself


class SpoolBusy(Exception):
    """This or another live process writes this spool."""


class Spool:
    def __init__(self, folder, facts):
        """Use ``create`` or ``open``."""
        self.folder = folder
        self.facts = facts
        self.segments = []  # (first byte, byte after the last) of each ended segment that is on disk
        self.points = 0
        self.lost = 0  # half-written lines that were cut
        self.next_step = 0
        self.next_epoch = 0
        self.finished = False
        self._lock = _locked(folder)
        binary = getattr(os, "O_BINARY", 0)
        self._file = os.open(os.path.join(folder, "items.log"), os.O_RDWR | os.O_CREAT | binary, 0o600)
        self._chain = hashlib.sha256(b"lace-spool/1 " + facts["local"].encode("ascii")).hexdigest()[:CHAIN]
        self._size = 0  # bytes of whole lines on disk
        self._buffer = []
        self._buffered = 0
        self._ends = []  # segments ended in the buffer
        self._start = 0
        self._open_bytes = 0
        self._open_items = 0

    @classmethod
    def create(cls, parent, name, facts):
        folder = os.path.join(parent, name)
        os.makedirs(folder, mode=0o700)
        spool = cls(folder, dict(facts, local=name))
        spool.save()
        return spool

    @classmethod
    def open(cls, folder):
        """Reads what an earlier process left and cuts a half-written end. Raises SpoolBusy, OSError or ValueError."""
        spool = cls(folder, read_facts(folder))
        try:
            spool._recover()
        except BaseException:
            spool.close()
            raise
        return spool

    def append(self, item):
        """Adds one item (JSON text); False where the disk has refused for so long that the item is dropped."""
        if self._buffered > BUFFER_LIMIT:
            return False
        cost = len(item) + 1
        if self._open_bytes + cost > _segment.MAX_ITEM_BYTES or self._open_items >= _segment.MAX_SEGMENT_ITEMS:
            self.cut()
        self._line(item)
        self._open_bytes += cost
        self._open_items += 1
        return True

    def cut(self):
        """Ends the open segment, if it holds anything."""
        if self._open_items == 0:
            return
        end = self._size + self._buffered
        self._line("#%d" % (len(self.segments) + len(self._ends)))
        self._ends.append((self._start, end))
        self._begin()

    @property
    def open_items(self):
        return self._open_items

    def flush(self):
        """Writes what was appended. On OSError nothing of it counts as written and it is kept for the next try."""
        if not self._buffer:
            return
        data = "".join(self._buffer).encode("ascii")
        try:
            os.lseek(self._file, self._size, os.SEEK_SET)
            written = 0
            while written < len(data):
                written += os.write(self._file, data[written:])
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(data)
        self._buffer = []
        self._buffered = 0
        self.segments.extend(self._ends)
        self._ends = []

    def sync(self):
        os.fsync(self._file)

    def read(self, number):
        """Items of one ended segment, as JSON text."""
        first, end = self.segments[number]
        with open(os.path.join(self.folder, "items.log"), "rb") as file:
            file.seek(first)
            data = file.read(end - first)
        return [line[CHAIN + 1 :].decode("ascii") for line in data.splitlines()]

    @property
    def sent(self):
        try:
            with open(os.path.join(self.folder, "sent"), encoding="ascii") as file:
                return int(file.read())
        except (OSError, ValueError):
            return 0

    @sent.setter
    def sent(self, count):
        replace(os.path.join(self.folder, "sent"), str(count))

    def save(self, **changes):
        self.facts = dict(self.facts, **changes)
        replace(os.path.join(self.folder, "run.json"), json.dumps(self.facts, indent=1))

    def close(self):
        if self._file is None:
            return
        os.close(self._file)
        self._file = None
        if self._lock is not None:
            os.close(self._lock)
        _open_here.discard(os.path.realpath(self.folder))

    def _line(self, payload):
        self._chain = hashlib.sha256((self._chain + payload).encode("ascii")).hexdigest()[:CHAIN]
        line = self._chain + " " + payload + "\n"
        self._buffer.append(line)
        self._buffered += len(line)

    def _begin(self):
        self._start = self._size + self._buffered
        self._open_bytes = 0
        self._open_items = 0

    def _recover(self):
        with open(os.path.join(self.folder, "items.log"), "rb") as file:
            for line in file:
                chain = hashlib.sha256(self._chain.encode("ascii") + line[CHAIN + 1 : -1]).hexdigest()[:CHAIN]
                if line[-1:] != b"\n" or line[: CHAIN + 1] != chain.encode("ascii") + b" ":
                    self.lost += 1
                    break
                self._chain = chain
                self._size += len(line)
                self._replay(line[CHAIN + 1 : -1], len(line))
        os.ftruncate(self._file, self._size)
        if len(self.segments) < self.sent:
            raise ValueError("%s lacks segments that were already sent" % self.folder)

    def _replay(self, payload, length):
        if payload[:1] == b"#":
            self.segments.append((self._start, self._size - length))
            self._begin()
            return
        self._open_bytes += len(payload) + 1
        self._open_items += 1
        item = json.loads(payload.decode("ascii"))
        kind = item["type"]
        if kind == "point":
            self.points += 1
            self.next_step = max(self.next_step, item["step"] + 1)
        elif kind == "order":
            self.next_epoch = max(self.next_epoch, item["epoch"] + 1)
        elif kind == "finish":
            self.finished = True


def read_facts(folder):
    """run.json of a spool. Raises OSError or ValueError."""
    with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:
        facts = json.load(file)
    if not isinstance(facts, dict) or not isinstance(facts.get("local"), str):
        raise ValueError("%s holds no run" % folder)
    return facts


def folders(parent):
    """(folder, facts) of every spool under ``parent``, newest last; unreadable ones are left out."""
    found = []
    try:
        names = os.listdir(parent)
    except OSError:
        return found
    for name in names:
        folder = os.path.join(parent, name)
        try:
            written = os.path.getmtime(os.path.join(folder, "items.log"))
            found.append((written, folder, read_facts(folder)))
        except (OSError, ValueError):
            continue
    found.sort(key=lambda entry: entry[:2])
    return [(folder, facts) for _, folder, facts in found]


def prune(parent, older_than):
    """Removes delivered spools that nobody has touched for so many seconds."""
    for folder, facts in folders(parent):
        if facts.get("finished") and time.time() - os.path.getmtime(os.path.join(folder, "items.log")) > older_than:
            shutil.rmtree(folder, ignore_errors=True)


def _locked(folder):
    """A descriptor that holds the lock. POSIX record locks are not inherited by fork and end with the process."""
    place = os.path.realpath(folder)
    if place in _open_here:
        raise SpoolBusy("%s is being written by this process" % folder)
    try:
        import fcntl
    except ImportError:
        descriptor = None  # Windows: two processes share a spool only if both are told to by LACE_RUN_ID
    else:
        descriptor = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            os.close(descriptor)
            raise SpoolBusy("%s is being written by another process" % folder) from held
    _open_here.add(place)
    return descriptor


def replace(path, text):
    """Writes a file that only the owner can read, whole or not at all."""
    part = path + ".part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(part, path)
