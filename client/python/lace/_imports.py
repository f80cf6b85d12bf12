"""Calls back once PyTorch has been imported, whenever that is."""

import sys


def when_torch_is_there(action):
    """Calls ``action`` now where torch is imported already, else right after its import. Returns what undoes the waiting."""
    if "torch" in sys.modules:
        action()
        return lambda: None
    finder = _Finder(action)
    sys.meta_path.insert(0, finder)
    return finder.leave


class _Finder:
    def __init__(self, action):
        self._action = action

    def leave(self):
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(self, name, path=None, target=None):
        if name != "torch":
            return None
        self.leave()
        from importlib.util import find_spec

        spec = find_spec("torch")
        if spec is not None and spec.loader is not None:
            execute, action = spec.loader.exec_module, self._action

            def exec_module(module):
                execute(module)
                action()

            spec.loader.exec_module = exec_module
        return spec
