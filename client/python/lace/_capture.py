"""Hooks into PyTorch, at the few places through which every loop passes.

  torch.autograd.backward                 the loss (Tensor.backward ends here too)
  the optimizer's step                    one point: all losses and batches since the last step
  _BaseDataLoaderIter._next_index         the indices that go in; order in = order out
  _BaseDataLoaderIter.__next__            the batch that the loop gets
  DataLoader.__iter__                     whether a subclass stands between the two (it may fetch ahead)
  GradScaler.scale                        the loss before it was scaled

All state here belongs to the training thread; the recorder thread sees only what was appended to ``events``. A hook never
raises its own errors into the user's code and never waits for a device.
"""

import functools
import time
import weakref
from collections import deque

from lace import _passes
from lace._device import value_of
from lace._say import warn_once

POINT, PASS = 0, 1
PENDING_LIMIT = 4096
QUIET_STEPS = 200


class Capture:
    def __init__(self, events, nonce=None, lookahead=False):
        """``nonce``: see _passes.foreseen. ``lookahead``: batches are fetched ahead of their use: bind first in, first out."""
        self.events = events
        self.nonce = nonce
        self.lookahead = lookahead
        self.off = False
        self.manual = False  # the user logs the points: only batches are taken from here
        self.steps = 0  # optimizer steps that had no loss
        self.lost = 0
        # These three keep their identity: the hooks hold them.
        self.losses = []
        self.batches = []
        self.yielded = deque(maxlen=PENDING_LIMIT)
        self.current = None  # the pass that the last loss was computed on
        self.scaled = None
        self.busy = False
        self._restore = []

    def install(self):
        """Patches the loaded PyTorch. Each patch stands alone: one that does not fit this version is left out, and said."""
        for hook in (self._hook_backward, self._hook_step, self._hook_loader, self._hook_scaler):
            try:
                hook()
            except Exception as failure:
                warn_once(hook.__name__, "cannot attach to this PyTorch (%s: %s)" % (hook.__name__, failure))

    def remove(self):
        """Puts the originals back, where nobody else has wrapped ours in between; either way the hooks go quiet."""
        self.off = True
        for undo in reversed(self._restore):
            undo()
        self._restore = []

    def take(self):
        """Binds the batches that were yielded since the last loss: what the loss of now was computed on."""
        yielded = self.yielded
        if not yielded:
            return
        if len(yielded) == 1:
            entry = yielded.pop()
            self.current = entry[0]
            self.batches.append(entry)
            return
        counts = {}
        for entry in yielded:
            counts[entry[0]] = counts.get(entry[0], 0) + 1
        current = self.current
        if current not in counts:
            current = self.current = yielded[-1][0]
        if current.fifo or self.lookahead:
            first = next(i for i, entry in enumerate(yielded) if entry[0] is current)
            self.batches.append(yielded[first])
            del yielded[first]
            return
        # Loaders run in step (zip) share a loss; a pass that was drawn more often, such as a validation that was
        # fetched with gradients enabled, does not.
        limit = counts[current]
        self.batches.extend(entry for entry in yielded if counts[entry[0]] <= limit)
        yielded.clear()

    def take_batches(self):
        """The bound batches for a loss that the user logs."""
        self.take()
        batches = self.batches[:]
        self.batches.clear()
        return batches

    def _fault(self, failure):
        self.lost += 1
        warn_once("fault", "could not record a step (%s: %s); training goes on" % (type(failure).__name__, failure))

    def _patch(self, owner, name, wrapper):
        original = getattr(owner, name)
        functools.update_wrapper(wrapper, original)
        setattr(owner, name, wrapper)

        def undo():
            if owner.__dict__.get(name) is wrapper:
                setattr(owner, name, original)

        self._restore.append(undo)

    def _hook_backward(self):
        import torch

        original = torch.autograd.backward
        tensor_type = torch.Tensor
        yielded, add = self.yielded, self.losses.append

        def backward(tensors, *args, **kwargs):
            if self.off or self.busy:  # busy: a backward inside a backward (checkpointing) is no loss
                return original(tensors, *args, **kwargs)
            self.busy = True
            try:
                original(tensors, *args, **kwargs)
            finally:
                self.busy = False
            try:
                for loss in (tensors,) if isinstance(tensors, tensor_type) else tensors:
                    if loss.numel() != 1:
                        continue
                    if self.scaled is not None:
                        loss = self._unscaled(loss)
                    add(loss.item() if loss.is_cpu else value_of(loss))  # item() of a CPU tensor waits for nothing
                    if yielded:
                        self.take()
            except Exception as failure:
                self._fault(failure)

        self._patch(torch.autograd, "backward", backward)

    def _unscaled(self, loss):
        scaled, plain = self.scaled
        if scaled() is not loss:
            return loss
        self.scaled = None
        return plain

    def _hook_step(self):
        from torch.optim import optimizer as module

        if hasattr(module, "register_optimizer_step_post_hook"):
            handle = module.register_optimizer_step_post_hook(lambda optimizer, args, kwargs: self._stepped(optimizer))
            self._restore.append(handle.remove)
            return
        # PyTorch 1.12 to 1.13 has no step hooks, but calls this empty method of every optimizer after its step.
        original = module.Optimizer._optimizer_step_code

        def _optimizer_step_code(optimizer):
            self._stepped(optimizer)
            return original(optimizer)

        self._patch(module.Optimizer, "_optimizer_step_code", _optimizer_step_code)

    def _stepped(self, optimizer):
        if self.off:
            return
        try:
            losses = self.losses
            if not losses:
                self._idle()
                return
            if self.manual:
                losses.clear()
                return
            lr = optimizer.param_groups[0].get("lr")
            if type(lr) is not float:
                lr = _plain(lr)
            batches = self.batches
            self.events.append((POINT, None, losses[:], batches[:], lr, time.time(), None))
            losses.clear()
            batches.clear()
        except Exception as failure:
            self._fault(failure)

    def _idle(self):
        self.steps += 1
        if self.steps == QUIET_STEPS and self.current is None:
            warn_once(
                "nothing",
                "%d optimizer steps and no loss was seen; record it yourself: monitor.log(step, loss, batch=indices)"
                % QUIET_STEPS,
            )

    def _hook_loader(self):
        import torch
        from torch.utils.data import dataloader as module

        base = module._BaseDataLoaderIter
        loader_type = module.DataLoader
        next_index, next_batch, iterate = base._next_index, base.__next__, loader_type.__iter__
        grad_enabled = torch.is_grad_enabled
        add = self.yielded.append
        base._lace_pass = None  # of iterators that have none of their own
        self._restore.append(lambda: base.__dict__.get("_lace_pass", base) is None and delattr(base, "_lace_pass"))

        def _next_index(iterator):
            if self.off:
                return next_index(iterator)
            current = iterator._lace_pass
            if current is None or current.iterator is not iterator._sampler_iter:
                if iterator._dataset_kind == module._DatasetKind.Iterable:
                    return next_index(iterator)
                current = iterator._lace_pass = self._begin(iterator)
            index = next_index(iterator)
            if current.batches and not current.predicted:
                current.fetched += 1
            else:
                self._drawn(current, index)
            return index

        def __next__(iterator):
            if self.off:
                return next_batch(iterator)
            try:
                data = next_batch(iterator)
            except StopIteration:
                self._ended(iterator._lace_pass)
                raise
            current = iterator._lace_pass
            if current is not None and grad_enabled():
                try:
                    if not current.announced:
                        self._announce(current, iterator, data)
                    k = (iterator._rcvd_idx if current.multi else current.fetched) - 1
                    if current.token_path is None:
                        add((current, k, None))
                    else:
                        add((current, k, _tokens(data, current.token_path)))
                except Exception as failure:
                    self._fault(failure)
            return data

        def __iter__(loader):
            iterator = iterate(loader)
            if not self.off:
                iterator._lace_loader = (id(loader), type(loader).__iter__ is not loader_type.__iter__)
            return iterator

        self._patch(base, "_next_index", _next_index)
        self._patch(base, "__next__", __next__)
        self._patch(loader_type, "__iter__", __iter__)

    def _begin(self, iterator):
        try:
            new = _passes.foreseen(iterator, self.nonce)
        except Exception as failure:
            self._fault(failure)
            new = _passes.streamed(iterator)
        if new is None:
            new = _passes.drawn(iterator)
        new.multi = hasattr(iterator, "_rcvd_idx")
        new.unknown = not getattr(iterator, "_in_order", True)
        return new

    def _drawn(self, current, index):
        k = current.fetched
        current.fetched += 1
        try:
            if k >= current.held or current.batches[k] != index:
                # Streamed; or somebody else draws from the same generator: what was foreseen ends here.
                current.held = min(k, current.held)
                current.strays[k] = index
        except Exception as failure:
            current.unknown = True
            self._fault(failure)

    def _announce(self, current, iterator, data):
        current.announced = True
        current.loader, current.fifo = iterator.__dict__.get("_lace_loader", (None, False))
        if self.yielded and (current.fifo or self.lookahead):
            # What an earlier pass over the same loader fetched ahead and never used is not used any more.
            self._keep(lambda earlier: earlier.loader != current.loader)
        try:
            current.token_path = _passes.token_path(data)
        except Exception:
            current.token_path = None  # a batch of a shape of its own: no token counts
        self.events.append((PASS, current))

    def _ended(self, current):
        """A pass that ended without a single loss was no training."""
        if current is not None and self.current is not current and not (current.fifo or self.lookahead):
            self._keep(lambda earlier: earlier is not current)

    def _keep(self, wanted):
        kept = [entry for entry in self.yielded if wanted(entry[0])]
        self.yielded.clear()
        self.yielded.extend(kept)

    def _hook_scaler(self):
        import torch

        for owner in torch.cuda.amp.GradScaler.__mro__:
            if "scale" in owner.__dict__:
                break
        original = owner.scale
        tensor_type = torch.Tensor

        def scale(scaler, outputs):
            result = original(scaler, outputs)
            if not self.off and result is not outputs and isinstance(result, tensor_type):
                self.scaled = (weakref.ref(result), outputs.detach())
            return result

        self._patch(owner, "scale", scale)


def _plain(lr):
    if isinstance(lr, (int, float)):
        return float(lr)
    if getattr(lr, "is_cpu", False):
        return float(lr.item())
    return None  # a learning rate on a device: reading it would wait


def _tokens(data, path):
    """None where this batch is not of the first one's shape."""
    try:
        for key in path:
            data = data[key]
        return data.numel()
    except Exception:
        return None
