"""Which batches a loss was computed on, told from the order in which batches were yielded and losses came.

A loss bound to the wrong batch by one step is worthless (spec: the score falls to that of a wrong order), so the rules are few:
  one batch since the last loss              it is the one
  several, of one plain loader               all of them (micro-batches fetched together)
  a loader that fetches ahead of its use     the oldest one
  several loaders                            those drawn as often as the one that the last loss came from
"""

from collections import deque

PENDING_LIMIT = 4096
FETCHED_AHEAD = 8


class Binding:
    """Entries are (pass, position, tokens). The lists keep their identity: the hooks hold them."""

    def __init__(self, lookahead=False):
        """``lookahead``: every loader's batches are fetched ahead of their use."""
        self.batches = []  # bound, of the step that is not done yet
        self.yielded = deque(maxlen=PENDING_LIMIT)  # not bound yet
        self.current = None  # the pass that the last loss was computed on
        self._lookahead = lookahead

    def _ahead(self, current):
        return self._lookahead or current.fifo

    def begun(self, current):
        """What an earlier pass over the same loader fetched ahead and never used is not used any more."""
        if self.yielded and self._ahead(current):
            kept = [entry for entry in self.yielded if entry[0].loader != current.loader]
            self.yielded.clear()
            self.yielded.extend(kept)

    def ended(self, current):
        """A pass that ended without a single loss was no training, unless its few batches were all fetched ahead."""
        if current is None or self.current is current:
            return
        others = [entry for entry in self.yielded if entry[0] is not current]
        if self._ahead(current):
            others += [entry for entry in self.yielded if entry[0] is current][-FETCHED_AHEAD:]
        self.yielded.clear()
        self.yielded.extend(others)

    def take(self):
        """Binds the batches that were yielded since the last loss: what the loss of now was computed on."""
        if not self.yielded:
            return
        entry = self.yielded[0]
        if len(self.yielded) == 1 or (entry[0] is self.current and self._ahead(entry[0])):
            self.yielded.popleft()
            self.current = entry[0]
            self.batches.append(entry)
            return
        yielded = list(self.yielded)  # a loader that runs in a thread of its own may add to it meanwhile
        counts = {}
        for entry in yielded:
            counts[entry[0]] = counts.get(entry[0], 0) + 1
        current = self.current
        if current not in counts:
            current = self.current = yielded[-1][0]
        if self._ahead(current):
            first = next(i for i, entry in enumerate(yielded) if entry[0] is current)
            self.batches.append(yielded[first])
            del self.yielded[first]
            return
        # Loaders run in step (zip) share a loss; a pass that was drawn more often, such as a validation that was
        # fetched with gradients enabled, does not.
        limit = counts[current]
        self.batches.extend(entry for entry in yielded if counts[entry[0]] <= limit)
        self.yielded.clear()

    def take_batches(self):
        """The bound batches for a loss that the user logs."""
        self.take()
        batches = self.batches[:]
        self.batches.clear()
        return batches
