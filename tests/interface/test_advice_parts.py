"""The parts that show advice:
groups without a common count, equal columns, and a trace that hides nothing.
"""

from django.template import Context, Template

from decisions.templatetags.advice import GROUPS, grouped

DEFINITIONS = [
    {
        "id": f"D{n:02}",
        "name": f"Author {n}",
        "short": "Author",
        "verdict": "met",
        "text": "",
        "verified": "yes",
    }
    for n in range(1, 15)
]


def render(source: str, **context: object) -> str:
    return Template("{% load board advice %}" + source).render(Context(context))


def test_all_14_definitions_are_shown_once_in_the_group_of_what_met_means() -> None:
    groups = {group["name"]: [item["id"] for item in group["definitions"]] for group in grouped(DEFINITIONS)}
    assert groups["borderline"] == ["D07", "D09"]
    assert groups["extends the indication"] == ["D06", "D08"]
    assert groups["easy"] == ["D12"]
    assert groups["historical"] == ["D01"]
    assert sum(map(len, groups.values())) == 14
    assert [name for name, _ in GROUPS] == list(groups)


def test_a_definition_of_no_known_group_is_not_dropped() -> None:
    assert grouped([{"id": "D15"}])[0]["name"] == "other"


def test_the_strip_gives_no_count_across_the_groups() -> None:
    html = render(
        "{% verdict_strip definitions %}{% definitions_table definitions %}", definitions=DEFINITIONS
    )
    assert "14 met" not in html
    assert "of 14" not in html


def test_each_verdict_is_said_in_words_beside_its_shape() -> None:
    html = render("{% verdict_strip definitions %}", definitions=[{**DEFINITIONS[3], "verdict": "not_met"}])
    assert "Author 4: not met" in html
    assert "#i-not" in html


def test_a_trace_shows_every_leaf_with_value_operator_limit_and_source() -> None:
    leaf = {
        "value": "false",
        "text": "FLR",
        "measured": "29.6 %",
        "operator": "≥",
        "limit": "30 %",
        "source": "ref 30",
    }
    missing = {"value": "unknown", "text": "Surgeon’s opinion", "measured": None}
    node = {
        "value": "false",
        "text": "all of",
        "children": [leaf, {"value": "unknown", "text": "any of", "children": [missing]}],
    }
    html = render("{% trace node %}", node=node).replace("\u00a0", " ").replace("&nbsp;", " ")
    assert "29.6 % ≥ <b>30 %</b>" in html
    assert "ref 30" in html
    assert "Surgeon’s opinion" in html
    assert html.count("#i-open") >= 3


def test_options_keep_the_status_words_of_the_engine() -> None:
    question = {
        "options": [
            {"name": "Resect", "status": status, "for": [], "against": []}
            for status in ("supported", "supported with conflict", "opposed", "indeterminate", "no argument")
        ]
    }
    html = render("{% options question %}", question=question)
    for word in ("supported<", "supported, with conflict", "opposed", "indeterminate", "no argument"):
        assert word in html
