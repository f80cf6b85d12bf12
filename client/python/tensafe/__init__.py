"""The name under which TenSafe's programs import ``lace.training``."""

from lace.training import *  # noqa: F401,F403
from lace.training import __all__  # noqa: F401
