"""Records a training run for Lace Cloud: ``from lace import monitor; monitor()``.

Nothing heavy is imported here: what is asked for is loaded on first use.
"""

__version__ = "0.1.0"
__all__ = ["LaceClient", "LaceError", "log_loss", "monitor"]


def __getattr__(name):
    if name == "monitor":
        from lace._monitor import monitor as value
    elif name == "log_loss":
        from lace._monitor import monitor

        value = monitor.log
    elif name in ("LaceClient", "LaceError"):
        from lace import client

        value = getattr(client, name)
    else:
        raise AttributeError("module 'lace' has no attribute %r" % name)
    globals()[name] = value
    return value
