"""Writing a longer or a shorter value into the text of a scalar, so that what the user wrote of it stays as it is.

What is merged into a value stands around it, and goes from there again. So a value over several lines, in whatever
quotes, gets back its very text.
"""

import json

import yaml

from tracereach.cli import dialect


def resized(token: str, before: str, after: str, *, style: str | None) -> str | None:
    """`token`, which means `before`, as `after`, where the one holds the other; None where that is no way to write it.

    `style` is that of YAML's nodes.
    """
    if before in after:
        candidates = _extended(token, *after.split(before, 1) if before else ("", after), style=style)
    elif after in before:
        candidates = _shortened(token, *before.split(after, 1) if after else ("", before), style=style)
    else:
        return None
    return next((candidate for candidate in candidates if _means(candidate, after)), None)


def _extended(token: str, prefix: str, suffix: str, *, style: str | None) -> list[str]:
    begin, end = _content(token, style)
    return [
        token[:begin] + _written(prefix, style) + token[begin:end] + written + token[end:]
        for written in _suffixes(token, suffix, style)
    ]


def _shortened(token: str, prefix: str, suffix: str, *, style: str | None) -> list[str]:
    begin, end = _content(token, style)
    content = token[begin:end].removeprefix(_written(prefix, style))
    return [token[:begin] + content.removesuffix(written) + token[end:] for written in _suffixes(token, suffix, style)]


def _content(token: str, style: str | None) -> tuple[int, int]:
    """Where the value's own characters begin and end."""
    if style in dialect.BLOCK_STYLES:
        first_line = token.find("\n") + 1
        return len(token) - len(token[first_line:].lstrip(" ")), len(token)
    return (1, len(token) - 1) if style else (0, len(token))


def _suffixes(token: str, suffix: str, style: str | None) -> list[str]:
    """How `suffix` may be written: in a block, a space can also be the beginning of a line."""
    if style not in dialect.BLOCK_STYLES or not suffix.startswith(" "):
        return [_written(suffix, style)]
    start = token.rfind("\n") + 1
    line_break = "\r\n" if token[:start].endswith("\r\n") else "\n"
    margin = " " * (len(token) - start - len(token[start:].lstrip(" ")))
    return [line_break + margin + suffix[1:], suffix]


def _written(text: str, style: str | None) -> str:
    if style == '"':
        return json.dumps(text, ensure_ascii=False)[1:-1]
    return text.replace("'", "''") if style == "'" else text


def _means(token: str, value: str) -> bool:
    """Whether `token` means `value` in a block and, unless it is a block itself, in brackets."""
    try:
        is_block = token[:1] in dialect.BLOCK_STYLES
        return bool(dialect.load(f"- {token}") == [value] and (is_block or dialect.load(f"[{token}]") == [value]))
    except yaml.YAMLError:
        return False
