"""What the API server asks of a policy's name and namespace, for files that never meet one."""

import json
import re

LONGEST_NAME = 200
"""The name becomes part of a ControllerRevision's name, beside the revision's hash."""
LONGEST_NAME_RULE = f"must be at most {LONGEST_NAME} characters long"
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"


def unfit_name(name: object) -> str:
    """Why `name` names no policy; empty where it does."""
    if name is None or name == "":
        return "is required"
    if not isinstance(name, str):
        return no_string(name)
    if not re.fullmatch(rf"{_LABEL}([.]{_LABEL})*", name):
        parts = "small letters, digits, - and ., with a letter or digit at both ends of each part"
        return f"{name!r} is no name of an object: {parts}"
    return "" if len(name) <= LONGEST_NAME else LONGEST_NAME_RULE


def unfit_namespace(namespace: object) -> str:
    """Why `namespace` names none; empty where it does, or says nothing."""
    if namespace is None or namespace == "":
        return ""
    if not isinstance(namespace, str):
        return no_string(namespace)
    fits = re.fullmatch(_LABEL, namespace) and len(namespace) <= 63
    return "" if fits else f"{namespace!r} is no name of a namespace"


def no_string(value: object) -> str:
    """What to do about `value`, where a string belongs: YAML takes a number or a switch without quotes for one."""
    if isinstance(value, int | float):
        return f'must be a string; quote it: "{json.dumps(value)}"'
    return "must be a string"
