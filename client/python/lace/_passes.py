"""One pass over a DataLoader: which records each batch holds, known before the first batch where the sampler allows it.

The user's training must be the same with and without the monitor, to the bit. So an order is drawn ahead only from samplers
that draw everything at the first step anyway (those of PyTorch itself, with their private generator), or from a copy of the
sampler with a copy of the generator that the user handed in. Any other sampler is left alone: its order is streamed.
"""

import copy
import operator

from lace import _order


class Pass:
    """Batches by position, as the sampler's own index lists.

    ``batches`` was known before the first batch, and holds for positions below ``held``; what came differently, or was not
    foreseen at all, is in ``strays``. The training thread writes, the recorder reads.
    """

    __slots__ = (
        "iterator", "batches", "held", "strays", "predicted", "subsets", "dataset", "epoch", "fetched", "multi",
        "announced", "fifo", "loader", "token_path", "chain", "revealed", "tailed", "unknown",
    )  # fmt: skip

    def __init__(self, dataset, iterator, batches):
        self.iterator = iterator
        self.batches = batches if batches is not None else []
        self.held = len(self.batches)
        self.strays = {}
        self.predicted = False
        self.subsets, self.dataset = _base(dataset)
        self.epoch = None
        self.fetched = 0
        self.multi = False
        self.announced = False
        self.fifo = False
        self.loader = None
        self.token_path = None
        self.chain = None
        self.revealed = 0
        self.tailed = 0
        self.unknown = False

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, k):
        """Record indices of the foreseen batch k in the attested dataset. TypeError where they are no integers."""
        return self._records(self.batches[k])

    def stray(self, k):
        """The same of a batch that was not foreseen; once, as such a pass may never end."""
        return self._records(self.strays.pop(k))

    def _records(self, batch):
        try:
            indices = list(map(operator.index, batch))
        except TypeError:
            indices = [operator.index(batch)]  # batch_size=None: the sampler yields single indices
        for subset in self.subsets:
            indices = [operator.index(subset[i]) for i in indices]
        return indices


def _base(dataset):
    from torch.utils.data import Subset

    subsets = []
    while isinstance(dataset, Subset):
        subsets.append(dataset.indices)
        dataset = dataset.dataset
    return subsets, dataset


def foreseen(iterator, nonce):
    """The pass that this iterator of PyTorch begins, as far as it can be known without drawing from its sampler; None where
    the sampler may be drawn to its end at once. ``nonce``: callable (count) -> (epoch, permutation) or None; or None."""
    sampler = iterator._index_sampler
    bound = _bound_by_nonce(sampler, iterator._dataset, nonce)
    if bound is not None:
        epoch, batches = bound
        iterator._sampler_iter = iter(batches)
        new = Pass(iterator._dataset, iterator._sampler_iter, batches)
        new.epoch = epoch
        return new
    if not _fixed(sampler):
        return streamed(iterator)
    twin = _twin(sampler)
    if twin is not None:
        new = Pass(iterator._dataset, iterator._sampler_iter, list(twin))
        new.predicted = True
        return new
    return None


def streamed(iterator):
    """A pass whose order shows only as it goes."""
    return Pass(iterator._dataset, iterator._sampler_iter, None)


def drawn(iterator):
    """The pass with its order drawn to the end now. What the sampler raises is the user's to see."""
    batches = list(iterator._sampler_iter)
    iterator._sampler_iter = iter(batches)
    return Pass(iterator._dataset, iterator._sampler_iter, batches)


def _fixed(sampler):
    from torch.utils import data
    from torch.utils.data.distributed import DistributedSampler

    inner = sampler.sampler if type(sampler) is data.BatchSampler else sampler
    return type(inner) in (
        data.RandomSampler, data.SequentialSampler, data.SubsetRandomSampler, data.WeightedRandomSampler,
        DistributedSampler, list, tuple, range,
    )  # fmt: skip


def _twin(sampler):
    """A copy of the sampler whose generator is a copy too; None where it uses none of the user's."""
    from torch.utils.data import BatchSampler

    if type(sampler) is BatchSampler:
        inner = _twin(sampler.sampler)
        if inner is None:
            return None
        twin = copy.copy(sampler)
        twin.sampler = inner
        return twin
    generator = getattr(sampler, "generator", None)
    if generator is None:
        return None
    twin = copy.copy(sampler)
    twin.generator = type(generator)(device=generator.device)
    twin.generator.set_state(generator.get_state())
    return twin


def _bound_by_nonce(sampler, dataset, nonce):
    """(epoch, batches) in the order of the nonce, where the pass is one plain shuffle of the whole dataset."""
    if nonce is None:
        return None
    from torch.utils.data import BatchSampler, RandomSampler, Subset

    inner = sampler.sampler if type(sampler) is BatchSampler else sampler
    if type(inner) is not RandomSampler or inner.replacement or isinstance(dataset, Subset):
        return None
    count = len(inner.data_source)
    if inner.num_samples != count or count != len(dataset):
        return None
    drawn = nonce(count)
    if drawn is None:
        return None
    epoch, order = drawn
    if inner is sampler:
        return epoch, order
    size = sampler.batch_size
    end = count - count % size if sampler.drop_last else count
    return epoch, [order[start : start + size] for start in range(0, end, size)]


def token_path(data, depth=3):
    """Where in a batch its largest integer tensor lies, as keys to follow; None without one. Shapes only, no values."""
    best = _largest(data, depth)
    return None if best is None else best[1]


def _largest(data, depth):
    if hasattr(data, "numel") and hasattr(data, "dtype"):
        integer = not (data.dtype.is_floating_point or data.dtype.is_complex) and str(data.dtype) != "torch.bool"
        return (data.numel(), ()) if integer else None
    if depth == 0:
        return None
    if isinstance(data, (list, tuple)):
        entries = enumerate(data)
    elif hasattr(data, "items"):
        entries = data.items()
    else:
        return None
    best = None
    for key, value in entries:
        found = _largest(value, depth - 1)
        if found is not None and (best is None or found[0] > best[0]):
            best = (found[0], (key,) + found[1])
    return best
