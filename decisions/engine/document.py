"""TEMPORARY documents until the real ones land."""

import datetime

from decisions.engine.facts import FACTS


class Case(dict):
    @property
    def lesions(self):
        return self["lesions"] if "lesions" in self else ()


def parse(doc):
    out = Case()

    def walk(p, o):
        for k, v in o.items():
            n = f"{p}.{k}" if p else k
            if isinstance(v, dict):
                walk(n, v)
            elif k == "lesions" and not p:
                out["lesions"] = v
            elif v is None or v == "unknown" or n == "schema":
                pass
            else:
                t = FACTS[n].type
                out[n] = (
                    datetime.date.fromisoformat(v) if t == "date" else tuple(v) if isinstance(v, list) else v
                )

    walk("", doc)
    return out


def data_warnings(case):
    return []
