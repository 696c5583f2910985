"""Files as people really write them: injected, injected again, and put back byte for byte."""

import pytest

from tests.unit.cli.conftest import POLICY, Call

PLAIN = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
  namespace: shop
  labels: {tracing: enabled}
spec:
  template:
    spec:
      containers:
      - name: a
        image: a
        command: [node]
"""
JSON = (
    '{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "shop",'
    ' "labels": {"tracing": "enabled"}%s}, "spec": {"template": {"spec": {"containers": ['
    '{"name": "a", "command": ["node"], "env": null}]}}}}'
)
SHARED_LABELS = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
  namespace: shop
  labels: &labels
    tracing: enabled
spec:
  selector: {matchLabels: *labels}
  template:
    metadata:
      labels: *labels  # the same three times
    spec: {containers: [{name: a, command: [node]}]}
"""


def variable(value: str, name: str = "NODE_OPTIONS") -> str:
    """A workload with a variable that has to be merged."""
    return f"{PLAIN}        env:\n        - name: {name}\n          {value}\n"


FILES = {
    "Windows line ends": PLAIN.replace("\n", "\r\n"),
    "both line ends": PLAIN.replace("\n", "\r\n", 5),
    "a byte order mark": "\ufeff" + PLAIN,
    "no last line end": PLAIN.rstrip("\n"),
    "a comment as the last line": PLAIN + "# tail",
    "tabs": PLAIN.replace("image: a", "image:\ta\t# a\ttab"),
    "spaces at the ends": PLAIN.replace("\n", "   \n"),
    "markers": f"---\n{PLAIN}---\n---   \n# nothing\n--- # here\n{PLAIN}---\t# and\n{PLAIN}",
    "document ends": f"---\n{PLAIN}...\n---\n{PLAIN}...  # end\n# tail\n",
    "a directive": f"%YAML 1.1\n---\n{PLAIN}",
    "sources of Helm": f"---\n# Source: a/b.yaml\n{PLAIN}---\n# Source: a/c.yaml\n",
    "a marker in a text": f"{PLAIN}---\nkind: ConfigMap\ndata:\n  a: |\n    ---\n    b\n",
    "indented dashes": PLAIN.replace("      - name: a\n        ", "        - name: a\n          ").replace(
        "        command", "          command"
    ),
    "a dash on its own": PLAIN.replace("- name: a", "- # the app\n        name: a"),
    "quoted keys": PLAIN.replace("containers:", '"containers":').replace("spec:", "'spec':"),
    "a key twice": PLAIN + "        env: [{name: A, value: b}]\n        env:\n        - {name: B, value: c}\n",
    "keys that are no strings": PLAIN + "        extra: {1: a, yes: b, 1.5: c}\n",
    "words of YAML 1.1": PLAIN + "        tty: on\n        args: [22:22, 2024-01-01, no-op]\n",
    "unusual tags": PLAIN + "        extra: {a: !!binary aGk=, b: !!set {c, d}, e: !Custom f}\n",
    "brackets over several lines": PLAIN.replace(
        "\n      - name: a\n        image: a\n        command: [node]\n",
        " [\n        {\n          name: a,  # one\n          command: [node],\n        },\n      ]\n",
    ),
    "blocks of text at the end": PLAIN + "        args:\n        - |\n          a\n\n        - >+\n          b\n\n\n",
    "the same labels by an alias": SHARED_LABELS,
    "merged maps": PLAIN.replace("  template:\n", "  template:\n    metadata:\n      labels: {<<: {x: y}, z: w}\n"),
    "JSON": JSON % "" + "\n",
    "JSON with tabs": (JSON % "").replace(": {", ":\t{\n\t") + "\n",
    "JSON in escapes": JSON % r', "annotations": {"a": "\ud83d\ude00 \/ \u003c"}',
    "JSON one after the other": (JSON % "" + "\n") * 2 + '{"kind": "ConfigMap"}\n',
    "a folded value": variable("value: >-\n            --a\n            --b"),
    "a literal value": variable("value: |-  # why\n              --a", name="NODE_OPTIONS"),
    "a value in single quotes": variable("value: '--a ''b'''  # c"),
    "a value in double quotes over lines": variable('value: "--a \\\n            --b"'),
    "a plain value over lines": variable("value: --a\n            --b"),
    "a value in brackets": f"{PLAIN}        env: [{{name: NODE_OPTIONS, value: --a}}, {{name: Z, value: z}}]\n",
    "a reference": variable("valueFrom: {configMapKeyRef: {name: b, key: c}}  # there\n        - {name: Z, value: z}"),
    "a value beside an empty reference": variable("value: --a\n          valueFrom:"),
    "attributes beside an empty reference": variable(
        "value: team=b\n          valueFrom:  # none", name="OTEL_RESOURCE_ATTRIBUTES"
    ),
    "two values": variable("value: '--a'\n        - name: OTEL_RESOURCE_ATTRIBUTES\n          value: 'team=b'"),
    "nulls": PLAIN.replace(
        "  template:\n", "  template:\n    metadata:\n      creationTimestamp: null\n      labels:\n"
    )
    + "        env:\n        volumeMounts: []\n      volumes:\n",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
def test_what_is_injected_once_stays_and_comes_out_again(call: Call, text: str) -> None:
    once = call("inject", "-f", "-", "-p", POLICY, stdin=text.encode()).stdout_bytes
    assert once.count(b"tracereach.dev/injection") >= 1
    assert call("inject", "-f", "-", "-p", POLICY, stdin=once).stdout_bytes == once
    assert call("remove", "-f", "-", stdin=once).stdout_bytes == text.encode()


def test_a_template_is_told_to_be_rendered_first(call: Call) -> None:
    text = PLAIN.replace("name: a", "name: {{ .Values.name }}", 1)
    result = call("inject", "-f", "-", "-p", POLICY, stdin=text)
    assert result.exit_code == 2
    assert result.stderr.startswith("standard input: document 1, line 4: ")
    assert result.stderr.endswith("; this looks like a template: render it first, for example by helm template\n")
