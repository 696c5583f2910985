import pytest

from tracereach.cli.tables import print_table

HEADERS = ("NAME", "STATE")
ROWS = [("orders", "Healthy"), ("a-longer-name", "")]


def test_elsewhere_columns_are_aligned_without_colour(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    print_table(HEADERS, ROWS)
    assert capsys.readouterr().out == "NAME            STATE\norders          Healthy\na-longer-name   -\n"


def test_lines_are_as_wide_as_asked_for(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_table(HEADERS, [("orders", "word " * 20)])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 3
    assert all(len(line) <= 40 for line in lines)


def test_on_a_terminal_states_have_their_colour(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    print_table(HEADERS, ROWS)
    assert "\x1b[32mHealthy" in capsys.readouterr().out
