"""Readers for environment variables that stop the start with a sentence naming the variable."""

import os
import re
import zoneinfo
from collections.abc import Callable, Mapping
from pathlib import Path
from string import Formatter
from typing import Any
from urllib.parse import urlsplit

import environ
import holidays
from django.core.exceptions import ImproperlyConfigured

_SITE = re.compile(r"https?://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?")
_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off", ""})


class Environment:
    """Reads settings from `variables` (default: the process's environment).

    Every reader raises `ImproperlyConfigured` naming the variable, its value and what is allowed; the
    value of a secret is never repeated.
    """

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self.variables = os.environ if variables is None else variables

    def text(self, name: str, default: str = "") -> str:
        """The value as it stands, without surrounding blanks."""
        return self.variables.get(name, default).strip()

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A switch: 1, true, yes, on; or 0, false, no, off."""
        value = self.text(name, "1" if default else "0").lower()
        if value not in _YES | _NO:
            raise ImproperlyConfigured(f"{name} is {value!r}; allowed: 1, true, yes, on, 0, false, no, off.")
        return value in _YES

    def words(self, name: str, default: str = "") -> list[str]:
        """A list, separated by commas."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
            raise ImproperlyConfigured(f"{name} is {value!r}; allowed: a whole number from {low} to {high}.")
        return int(value)

    def site(self, name: str, default: str) -> str:
        """The address of a web site, without a path: https://board.example.org, http://127.0.0.1:8000."""
        value = self.text(name, default).removesuffix("/")
        if not _SITE.fullmatch(value):
            raise ImproperlyConfigured(
                f"{name} is {value!r}; allowed: http:// or https:// and a host, without a path, "
                "such as https://board.example.org."
            )
        return value

    def address_template(self, name: str, field: str) -> str:
        """An address with a place for one value: https://pacs.example/viewer?study={study_uid}; '' for none."""
        value = self.text(name)
        try:
            fields = {part[1] for part in Formatter().parse(value) if part[1] is not None}
            written = urlsplit(value.replace(f"{{{field}}}", "1"))
            good = fields == {field} and written.scheme in ("http", "https") and bool(written.hostname)
        except ValueError:
            good = False
        if value and (not good or re.search(r"\s", value)):
            raise ImproperlyConfigured(
                f"{name} is {value!r}; allowed: an http:// or https:// address with {{{field}}} where the value "
                f"belongs and nothing else in braces, such as https://pacs.example/viewer?study={{{field}}}."
            )
        return value

    def secret(self, name: str, default: str = "") -> str:
        """A secret, from NAME or from the file that NAME_FILE names."""
        path = self.text(f"{name}_FILE")
        if path and self.text(name):
            raise ImproperlyConfigured(f"Both {name} and {name}_FILE are set; allowed: one of them.")
        if not path:
            return self.text(name, default)
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE is {path!r}, which cannot be read ({error.strerror})."
            ) from error

    def time_zone(self, name: str, default: str) -> str:
        """A name of the time zone database, such as Europe/Rome."""
        value = self.text(name, default)
        if value not in zoneinfo.available_timezones():
            raise ImproperlyConfigured(
                f"{name} is {value!r}; allowed: a time zone such as UTC or Europe/Rome."
            )
        return value

    def holidays(self, name: str) -> str:
        """A country or region whose public holidays count, such as IT or GB-ENG; '' for weekends only."""
        value = self.text(name).upper()
        country, _, subdivision = value.partition("-")
        if not value:
            return ""
        try:
            holidays.country_holidays(country, subdiv=subdivision or None)
        except (NotImplementedError, ValueError) as error:
            raise ImproperlyConfigured(
                f"{name} is {value!r}; allowed: a country such as IT, a region such as GB-ENG, or nothing "
                "(weekends only)."
            ) from error
        return value

    def database(self, name: str) -> dict[str, Any]:
        """A PostgreSQL address: postgres://user:password@host:port/name."""
        return self._parsed(name, environ.Env.db_url_config, ("postgres://", "postgresql://"))

    def email(self, name: str, default: str) -> dict[str, Any]:
        """A mail server: smtp://user:password@host:port, smtp+tls://…, or consolemail://."""
        allowed = ("smtp://", "smtps://", "smtp+tls://", "smtp+ssl://", "consolemail://", "memorymail://")
        return self._parsed(name, environ.Env.email_url_config, allowed, default)

    def redis(self, name: str) -> str:
        """A Redis address: redis://host:port/0, rediss://… or unix://path."""
        value = self.secret(name)
        if not value.startswith(("redis://", "rediss://", "unix://")):
            raise ImproperlyConfigured(f"{name} is no Redis address; allowed: redis://, rediss://, unix://.")
        return value

    def _parsed(
        self, name: str, parse: Callable[[str], Any], schemes: tuple[str, ...], default: str = ""
    ) -> dict[str, Any]:
        value = self.secret(name, default)
        allowed = ", ".join(schemes)
        if not value.startswith(schemes):
            raise ImproperlyConfigured(f"{name} has no address of a known kind; allowed: {allowed}.")
        try:
            return dict(parse(value))
        except (ValueError, KeyError) as error:
            raise ImproperlyConfigured(f"{name} cannot be read as an address; allowed: {allowed}.") from error
