"""From the environment and the secret files to one flat set of variables."""

from collections.abc import Container, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from monitor.core.parsing.problems import Problems
from monitor.daemon.settings.names import (
    FILE,
    PREFIX,
    WELL_KNOWN_KEYS,
    bad_name,
    belongs_to_others,
    find_setting,
    suggestion,
)

LONGEST_SECRET = 65_536
# Stands in for a secret that could not be read, so that what depends on it is not called missing as well.
UNREADABLE = "unreadable"


@dataclass(slots=True)
class Variables:
    """What is set, by its name in upper case; `origins` is how the user spelled it, or where else it came from."""

    values: dict[str, str] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    unsupported: tuple[str, ...] = ()

    def origin(self, name: str) -> str:
        return self.origins.get(name, name)

    def put(self, name: str, text: str, origin: str) -> None:
        self.values[name] = text
        self.origins[name] = origin


def gather(environ: Mapping[str, str], secrets_dir: Path, kinds: Container[str], problems: Problems) -> Variables:
    """Return every known variable that is set, secrets from files included.

    The environment goes before `_FILE`, that before the credentials folder, and that before `secrets_dir`.
    """
    variables = Variables()
    unsupported: dict[str, None] = {}
    files = []
    for origin, text in environ.items():
        name = origin.upper()
        base = name.removesuffix(FILE)
        if not (name.startswith(PREFIX) or base in WELL_KNOWN_KEYS) or not (text.strip() or name == "MONITOR_LISTEN"):
            continue
        if base in WELL_KNOWN_KEYS and WELL_KNOWN_KEYS[base] not in kinds:
            unsupported[base] = None
        elif name != base and _is_secret(base):
            files.append((base, Path(text.strip()), origin))
        elif _is_known(name, text, origin, problems):
            _take(variables, name, text.strip(), origin, problems)
    files += [(name, path, name) for name, path in _files_of_folders(environ, secrets_dir, problems)]
    for name, path, origin in files:
        if name in WELL_KNOWN_KEYS and WELL_KNOWN_KEYS[name] not in kinds:
            unsupported[name] = None
        elif name not in variables.values:
            variables.put(name, _read(name, path, origin, problems), origin)
    variables.unsupported = tuple(unsupported)
    _lend_well_known_keys(variables)
    return variables


def _is_secret(name: str) -> bool:
    setting = find_setting(name)
    return setting is not None and setting.secret and not bad_name(name, setting)


def _is_known(name: str, text: str, origin: str, problems: Problems) -> bool:
    setting = find_setting(name)
    if setting is None:
        if not belongs_to_others(name, text):
            problems.add(name, f"is not a setting{suggestion(name)}", shown=origin)
        return False
    if bad_name(name, setting):
        problems.add(name, "holds a name that is not made of letters, digits, - and single _", shown=origin)
        return False
    return True


def _take(variables: Variables, name: str, text: str, origin: str, problems: Problems) -> None:
    if variables.values.get(name, text) != text:
        problems.add(name, f"is set twice, as {variables.origin(name)} too, to different values", shown=origin)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        # Docker's --env-file keeps them.
        problems.add(name, "has quotes as a part of its value: remove them", shown=origin)
        text = text[1:-1]
    variables.put(name, text, origin)


def _files_of_folders(environ: Mapping[str, str], secrets_dir: Path, problems: Problems) -> Iterator[tuple[str, Path]]:
    """Yield the secrets in the two folders, and note the files that look like one of ours and are none."""
    paths = []
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    if credentials:
        try:
            paths += sorted(Path(credentials).iterdir())
        except OSError as error:
            problems.add("CREDENTIALS_DIRECTORY", f"is a folder that cannot be read: {error.strerror}")
    # Mostly there is none; or it may be entered and not listed: what is meant for us is then named by _FILE.
    with suppress(OSError):
        paths += sorted(secrets_dir.iterdir())
    for path in paths:
        name = path.name.upper()
        if _is_secret(name):
            yield name, path
        elif name.startswith(PREFIX):
            hint = suggestion(name) if find_setting(name) is None else ": set it in the environment"
            problems.add(str(path), f"is not the name of a secret setting{hint}")


def _read(name: str, path: Path, origin: str, problems: Problems) -> str:
    """Return the secret in `path`; whatever is wrong with it, its content is not shown."""
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_SECRET + 1)
        text = content.decode("utf-8-sig").strip()
    except OSError as error:
        problems.add(name, f"cannot be read from {path}: {error.strerror}", shown=origin)
        return UNREADABLE
    except ValueError:
        problems.add(name, f"cannot be read from {path}: it is not UTF-8 text", shown=origin)
        return UNREADABLE
    if not text or len(content) > LONGEST_SECRET:
        problems.add(name, f"cannot be read from {path}: it is {'too long' if text else 'empty'}", shown=origin)
        return UNREADABLE
    return text


def _lend_well_known_keys(variables: Variables) -> None:
    """Give each well-known key to the source of its name, unless that has its own key or polls someone else."""
    for key, kind in WELL_KNOWN_KEYS.items():
        section = f"MONITOR_SOURCES__{kind.upper()}__"
        own_kind = variables.values.get(f"{section}KIND", kind).lower()
        if key in variables.values and own_kind == kind and f"{section}API_KEY" not in variables.values:
            variables.put(f"{section}API_KEY", variables.values[key], variables.origin(key))
