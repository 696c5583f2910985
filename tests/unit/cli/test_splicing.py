import json
from textwrap import dedent

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.templates import pod_templates
from tracereach.cli import dialect
from tracereach.cli.splicing import CannotSplice, splice
from tracereach.inject import Merge, inject, remove

CASES = {
    "appended to a list, its comments stay": (
        "a:\n- b: 1  # one\n\n# two\nc: 2\n",
        {"a": [{"b": 1}, {"b": 2}], "c": 2},
        "a:\n- b: 1  # one\n- b: 2\n\n# two\nc: 2\n",
    ),
    "an indented list stays indented": (
        "a:\n    - b: 1\n",
        {"a": [{"b": 1}], "c": [{"d": [1]}]},
        "a:\n    - b: 1\nc:\n  - d:\n      - 1\n",
    ),
    "an absent key": ("a:\n  b: 1\n", {"a": {"b": 1, "c": {"d": "e"}}}, "a:\n  b: 1\n  c:\n    d: e\n"),
    "a null gets a block": ("a:\n  b:\n  c: 1\n", {"a": {"b": {"d": 1}, "c": 1}}, "a:\n  b:\n    d: 1\n  c: 1\n"),
    "a null in a list's item": ("- a:\n  b: 1\n", [{"a": [1], "b": 1}], "- a:\n  - 1\n  b: 1\n"),
    "a written null": ("a: null\n", {"a": [1]}, "a: [1]\n"),
    "a null gets a string": ("a:\nb: 1\n", {"a": "x", "b": 1}, 'a:  "x"\nb: 1\n'),
    "brackets": ("a: {b: 1, c: [x]}  # d\n", {"a": {"b": 1, "c": ["x", "y"], "e": 2}},
                 'a: {b: 1, c: [x, "y"], "e": 2}  # d\n'),
    "empty brackets": ("a: []\nb: { }\n", {"a": [1], "b": {"c": 2}}, 'a: [1]\nb: { "c": 2}\n'),
    "brackets over many lines": (
        '{\n  "a": [\n    1\n  ]\n}\n',
        {"a": [1, 2], "b": 3},
        '{\n  "a": [\n    1,\n    2\n  ],\n  "b": 3\n}\n',
    ),
    "brackets emptied": ("a: [1, 2]\n", {"a": []}, "a: []\n"),
    "the first out of brackets": ("a: [1, 2, 3]\n", {"a": [2, 3]}, "a: [2, 3]\n"),
    "the middle out of a block": ("a:\n- 1\n# two\n- 2 # 2\n- 3\n", {"a": [1, 3]}, "a:\n- 1\n# two\n- 3\n"),
    "a block becomes null": ("a:\n- 1\n- 2\nb: 1\n", {"a": None, "b": 1}, "a:\nb: 1\n"),
    "a block becomes empty": ("a:\n- 1\nb: 1\n", {"a": [], "b": 1}, "a:\n  []\nb: 1\n"),
    "double quotes stay": ('a: "x" # y\n', {"a": "x y"}, 'a: "x y" # y\n'),
    "single quotes stay": ("a: 'x'\n", {"a": "it's"}, "a: 'it''s'\n"),
    "plain stays plain": ("a: x\n", {"a": "x,y=z"}, "a: x,y=z\n"),
    "plain becomes quoted where it must": ("a: x\n", {"a": "x: y"}, "a: 'x: y'\n"),
    "folded text": ("a: >-\n  b\n  c\n\nd: 1\n", {"a": "b c d", "d": 1}, "a: >-\n  b\n  c\n  d\n\nd: 1\n"),
    "folded text, shorter": ("a: >-\n  b\n  c\n  d\n", {"a": "b c"}, "a: >-\n  b\n  c\n"),
    "another folded text": ("a: >-\n  b\n  c\n\nd: 1\n", {"a": "x", "d": 1}, "a: x\n\nd: 1\n"),
    "around a text of several lines": ('a: "b:\\\n  c"\n', {"a": "x:b:c:y"}, 'a: "x:b:\\\n  c:y"\n'),
    "a plain text in brackets": ("a: [{b: c}]\n", {"a": [{"b": "c d"}]}, "a: [{b: c d}]\n"),
    "what brackets do not allow": ("a: [{b: c}]\n", {"a": [{"b": "c,d"}]}, 'a: [{b: "c,d"}]\n'),
    "a map that is but an alias": ("x: &x {a: 1}\ny: *x  # c\n", {"x": {"a": 1}, "y": {"a": 1, "b": 2}},
                                   'x: &x {a: 1}\ny: {<<: *x, "b": 2}  # c\n'),
    "an alias again": ('x: &x {a: 1}\ny: {<<: *x, "b": 2}\n', {"x": {"a": 1}, "y": {"a": 1}},
                       "x: &x {a: 1}\ny: *x\n"),
    "an item before, another changed": ("a:\n- name: b\n  c: 'd'\n", {"a": [{"name": "x"}, {"name": "b", "c": "d e"}]},
                                        "a:\n- name: x\n- name: b\n  c: 'd e'\n"),
    "a null in brackets": ('{"a": null}', {"a": [1]}, '{"a": [1]}'),
    "a null in brackets again": ('{"a": [1]}', {"a": None}, '{"a": null}'),
    "characters that JSON writes in pairs": ('{"a": "\\ud83d\\ude00", "b": 1}', {"a": "😀", "b": 2},
                                            '{"a": "\\ud83d\\ude00", "b": 2}'),
    "after a literal": ("a:\n- |\n  b\n\n# c\n", {"a": ["b\n", "d"]}, "a:\n- |\n  b\n- d\n\n# c\n"),
    "after a literal that keeps its end": ("a:\n- |+\n  b\n\nc: 1\n", {"a": ["b\n\n", "d"], "c": 1},
                                           "a:\n- |+\n  b\n\n- d\nc: 1\n"),
    "several lines become a literal": ("a: 1\n", {"a": 1, "b": "c\nd\n"}, "a: 1\nb: |\n  c\n  d\n"),
    "after an alias": ("x: &x {a: 1}\ny:\n  b: *x\nz: 1\n", {"x": {"a": 1}, "y": {"b": {"a": 1}, "c": 2}, "z": 1},
                       "x: &x {a: 1}\ny:\n  b: *x\n  c: 2\nz: 1\n"),
    "below an anchor": ("x: &x\n  a: 1\n", {"x": {"a": 1, "b": 2}}, "x: &x\n  a: 1\n  b: 2\n"),
    "beside merged maps": ("x: &x {a: 1}\ny:\n  <<: *x\n  b: 2\n", {"x": {"a": 1}, "y": {"a": 1, "b": 2, "c": 3}},
                           "x: &x {a: 1}\ny:\n  <<: *x\n  b: 2\n  c: 3\n"),
    "carriage returns": ("a:\r\n- 1\r\n", {"a": [1], "b": {"c": 2}}, "a:\r\n- 1\r\nb:\r\n  c: 2\r\n"),
    "no last newline": ("a: 1", {"a": 1, "b": 2}, "a: 1\nb: 2"),
    "no last newline, taken out": ("a: 1\nb: 2", {"a": 1}, "a: 1"),
    "nothing": ("a:   1 # b\n", {"a": 1}, "a:   1 # b\n"),
    "words of other dialects": ("a: 1\n", {"a": 1, "b": ["y", "1e3", "0o7", "on", "0644", "1_0", "~", "5d"]},
                                "a: 1\nb:\n- 'y'\n- '1e3'\n- '0o7'\n- 'on'\n- '0644'\n- '1_0'\n- '~'\n- 5d\n"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "after", "expected"), CASES.values(), ids=CASES.keys())
def test_only_what_differs_is_edited(text, after, expected) -> None:
    assert splice(text, dialect.load(text), after) == expected


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("x: &x [1]\ny: *x\n", {"x": [1], "y": [1, 2]}),
        ("x: &x {a: {b: 1}}\ny:\n  <<: *x\n", {"x": {"a": {"b": 1}}, "y": {"a": {"b": 2}}}),
    ],
    ids=["an alias", "a merged map"],
)
def test_what_has_no_place_of_its_own_is_refused(text, after) -> None:
    with pytest.raises(CannotSplice, match="write that part out plainly"):
        splice(text, dialect.load(text), after)


class Plain(yaml.SafeDumper):
    """Writes equal parts out, each for itself: aliases where the injection goes are refused."""

    def ignore_aliases(self, data) -> bool:
        return True


STYLES = {
    "dashes under the key": dialect.dump,
    "dashes indented": lambda value: dialect.dump(value, indented=True),
    "leaves in brackets": lambda value: yaml.dump(
        value, Dumper=Plain, sort_keys=False, allow_unicode=True, width=10000
    ),
    "another indentation": lambda value: yaml.dump(
        value, Dumper=Plain, sort_keys=False, indent=4, default_flow_style=False
    ),
    "all in brackets": lambda value: yaml.dump(value, Dumper=Plain, sort_keys=False, default_flow_style=True, width=60),
    "JSON in one line": json.dumps,
    "JSON over many lines": lambda value: json.dumps(value, indent=2) + "\n",
    "carriage returns": lambda value: dialect.dump(value).replace("\n", "\r\n"),
    "no last newline": lambda value: dialect.dump(value).rstrip("\n"),
    "comments everywhere": lambda value: dialect.dump(value).replace("\n", "  # why\n\n# what follows\n"),
}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pod_templates, st.sampled_from(sorted(STYLES)), st.sampled_from(["ImageVolume", "InitContainer"]))
def test_every_template_in_every_style_comes_back(template, style, delivery) -> None:
    text = STYLES[style](template)
    injected = inject(template, make_injection(delivery=delivery), Merge.SKIP).template
    there = splice(text, template, injected)
    back = splice(there, injected, remove(injected))
    if "null" in text:  # of a null that became a block, the word is gone
        assert dialect.load(back) == template
    else:
        assert back == text


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pod_templates, st.sampled_from(sorted(STYLES)))
def test_merged_in_place_every_template_comes_back(template, style) -> None:
    text = STYLES[style](template)
    injected = inject(template, make_injection(), Merge.IN_PLACE).template
    there = splice(text, template, injected)
    assert dialect.load(there) == injected
    back = splice(there, injected, remove(injected))
    if "null" in text:
        assert dialect.load(back) == template
    else:
        assert back == text


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pod_templates, st.sampled_from(sorted(STYLES)))
def test_a_newer_injection_takes_the_place_of_an_older_one(template, style) -> None:
    older = inject(template, make_injection(agents=["nodejs"], sampling={"sampler": "traceidratio"}), Merge.IN_PLACE)
    newer = inject(older.template, make_injection(delivery="InitContainer", native_sidecars=False), Merge.IN_PLACE)
    there = splice(STYLES[style](template), template, older.template)
    assert dialect.load(splice(there, older.template, newer.template)) == newer.template


def test_the_dialect_is_that_of_kubernetes() -> None:
    text = dedent("""\
        date: 2024-01-01
        sign: =
        switch: on
        mode: 0644
        port: 22:22
        time: 12:30:45.5
        1: one
        true: yes
        bytes: !!binary aGk=
        tagged: !Custom {a: !!str 1}
        """)
    assert dialect.load(text) == {
        "date": "2024-01-01",
        "sign": "=",
        "switch": True,
        "mode": 420,
        "port": "22:22",
        "time": "12:30:45.5",
        "1": "one",
        "true": True,
        "bytes": "aGk=",
        "tagged": {"a": "1"},
    }


@pytest.mark.parametrize("text", ["22:22", "12:30:45.5", "2024-01-01", "y", "on", "1e3"])
def test_strings_that_look_like_something_else_are_written_in_quotes(text: str) -> None:
    assert dialect.dump(text).startswith("'")
