"""The name under which TG-Tinker's programs import ``lace.training``."""

from lace.training import *  # noqa: F401,F403
from lace.training import __all__  # noqa: F401
