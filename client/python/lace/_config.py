"""Where the settings of a run come from: argument, environment, ./lace.toml, ~/.config/lace/config.toml, default."""

import json
import os

DEFAULT_BASE_URL = "http://127.0.0.1:8080"
MODES = ("online", "offline", "disabled")


class Settings:
    """What one run needs to know; ``root`` and ``records`` are None where only the id is known."""

    def __init__(self, attestation_id, api_key, base_url, mode, root=None, records=None, folder=None):
        self.attestation_id = attestation_id
        self.api_key = api_key
        self.base_url = base_url.rstrip("/")
        self.mode = mode
        self.root = root
        self.records = records
        self.folder = folder


def resolve(attestation_id=None, api_key=None, base_url=None, mode=None):
    """Settings by precedence. Raises ValueError for an unknown mode or an address that is not http(s)."""
    pointer, folder = current_attestation()
    chosen = attestation_id or os.environ.get("LACE_ATTESTATION_ID") or pointer.get("attestation_id")
    same = chosen is not None and chosen == pointer.get("attestation_id")
    key, url = credentials(api_key, base_url, pointer.get("base_url") if same else None)
    mode = (mode or os.environ.get("LACE_MODE") or "online").lower()
    if mode not in MODES:
        raise ValueError("LACE_MODE is %r: choose one of %s" % (mode, ", ".join(MODES)))
    return Settings(
        chosen,
        key,
        url,
        mode,
        pointer.get("root") if same else None,
        pointer.get("records") if same else None,
        folder,
    )


def credentials(api_key=None, base_url=None, pointed_url=None):
    """(key or None, address of the service)."""
    files = _files()
    key = api_key or os.environ.get("LACE_API_KEY") or _first(files, "api_key")
    url = (
        base_url
        or os.environ.get("LACE_BASE_URL")
        or os.environ.get("LACE_API_URL")
        or _first(files, "base_url")
        or pointed_url
        or DEFAULT_BASE_URL
    )
    if not url.startswith(("http://", "https://")):
        raise ValueError("the address of the service is %r: it must begin with http:// or https://" % url)
    return key, url


def current_attestation():
    """The pointer that ``lace attest`` left in .lace of this folder or a parent, and that .lace folder; ({}, None) without one."""
    folder = os.getcwd()
    while True:
        path = os.path.join(folder, ".lace", "current.json")
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                pointer = json.load(file)
            if not isinstance(pointer, dict):
                raise ValueError("%s is not a JSON object: run `lace attest` again" % path)
            return pointer, os.path.dirname(path)
        parent = os.path.dirname(folder)
        if parent == folder:
            return {}, None
        folder = parent


def state_folder(settings):
    """The folder for spools: LACE_SPOOL, else .lace beside the attestation, else .lace here, else the user's state folder."""
    chosen = os.environ.get("LACE_SPOOL")
    if chosen:
        return chosen
    here = settings.folder or os.path.join(os.getcwd(), ".lace")
    if os.access(here if os.path.isdir(here) else os.path.dirname(here), os.W_OK):
        return os.path.join(here, "spool")
    state = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(state, "lace", "spool")


def _files():
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return [_flat("lace.toml"), _flat(os.path.join(home, "lace", "config.toml"))]


def _first(files, name):
    for values in files:
        if values.get(name):
            return values[name]
    return None


def _flat(path):
    """The ``key = "value"`` lines of a file; {} where there is none. (tomllib came with Python 3.11.)"""
    values = {}
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                name, equals, rest = line.partition("=")
                rest = rest.strip()
                if equals and len(rest) >= 2 and rest[0] == '"' and '"' in rest[1:]:
                    values[name.strip()] = rest[1 : rest.index('"', 1)]
    except (OSError, UnicodeDecodeError):
        return {}
    return values
