"""Strict reading of the packaged YAML: every error names the file and the key."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

RULEBOOK = Path(__file__).resolve().parent.parent / "rulebook"
"""The packaged rulebook: `facts/`, `thresholds/`, `sources.yaml`, `errata.yaml`."""


class RulebookError(ValueError):
    """A packaged file is wrong: `file`, `key` (dotted, '' for the file itself) and `message`."""

    def __init__(self, file: str, key: str, message: str) -> None:
        self.file, self.key, self.message = file, key, message
        super().__init__(f"{file}: {key + ': ' if key else ''}{message}")


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML without its surprises: `yes`, `no`, `on`, `off` are words, and a key may stand only once."""


_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Hashable, Any]:
    found: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in found:
            line = key_node.start_mark.line + 1
            raise RulebookError("", str(key), f"stands twice (line {line})")
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(path: Path) -> Any:
    """The content of a YAML file. Raises `RulebookError` when it is not YAML or repeats a key."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 (a safe loader)
    except RulebookError as error:
        raise RulebookError(path.name, error.key, error.message) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RulebookError(path.name, "", f"cannot be read: {error}") from error


class Keys:
    """The keys of one mapping, taken one after the other; what is left over is an error."""

    def __init__(self, file: str, key: str, content: Any) -> None:
        self.file, self.key = file, key
        if not isinstance(content, Mapping):
            raise RulebookError(file, key, f"a mapping is needed, not {content!r}")
        self._left = dict(content)

    def _wrong(self, key: str, message: str) -> RulebookError:
        return RulebookError(self.file, f"{self.key}.{key}" if self.key else key, message)

    def take(self, key: str, *kinds: type, default: Any = ...) -> Any:
        """The value of `key`, of one of `kinds`; `default` when it is absent. Raises `RulebookError`."""
        if key not in self._left:
            if default is ...:
                raise self._wrong(key, "is missing")
            return default
        value = self._left.pop(key)
        # bool is a kind of int in Python, never here.
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise self._wrong(key, f"{value!r} is not a value of type {wanted}")
        if value == "":
            raise self._wrong(key, "is empty")
        return value

    def one_of(self, key: str, options: tuple[str, ...], default: Any = ...) -> str:
        """The value of `key`, one of `options`. Raises `RulebookError`."""
        value: str = self.take(key, str, default=default)
        if value not in options:
            raise self._wrong(key, f"{value!r} is not one of {', '.join(options)}")
        return value

    def maybe(self, key: str, options: tuple[str, ...]) -> str | None:
        """The value of `key`, one of `options`, or None when it is absent. Raises `RulebookError`."""
        return self.one_of(key, options) if key in self._left else None

    def finish(self) -> None:
        """Raises `RulebookError` when a key was not taken: it is unknown."""
        for key in self._left:
            raise self._wrong(str(key), "is not a known key")
