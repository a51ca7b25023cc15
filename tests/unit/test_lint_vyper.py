# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import json
from pathlib import Path

import pytest

from lint_vyper import Finding, lint, main, miscompilation_findings

CLEAN = '''#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Purse
@notice Holds a number.
"""

amount: public(uint256)


@deploy
def __init__(start: uint256):
    """
    @notice Sets the number.
    @param start The first number.
    """
    self.amount = start


@external
def raise_to(amount_: uint256):
    """
    @notice Raises the number.
    @param amount_ The new number.
    """
    assert amount_ > self.amount, "purse: number may only grow"
    if amount_ == 7:
        raise "purse: seven is taken"
    self._set(amount_)


@internal
def _set(amount_: uint256):
    self.amount = amount_
'''

INTERFACE = '''#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Purse
"""

@external
def raise_to(amount_: uint256):
    ...
'''


def rules(source: str | bytes, path: str = "Purse.vy") -> list[str]:
    raw = source if isinstance(source, bytes) else source.encode()
    return [finding.rule for finding in lint(raw, path)]


def test_a_clean_source_has_no_finding() -> None:
    assert rules(CLEAN) == []


def test_an_interface_needs_no_natspec_on_its_functions() -> None:
    assert rules(INTERFACE, "Purse.vyi") == []
    assert "natspec" in rules(INTERFACE.replace("    ...", "    pass"), "Purse.vy")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("Holds a number.", "Holds a number \u2014 one.", 5),
        ("\n\namount:", "\r\n\namount:", 6),
        ("    self.amount = start", "\tself.amount = start", 17),
        ("# SPDX", "#\x0c SPDX", 2),
        ("@notice Raises", "@notice \x7f Raises", 23),
    ],
)
def test_ascii(old: str, new: str, line: int) -> None:
    found = [finding for finding in lint(CLEAN.replace(old, new).encode(), "Purse.vy") if finding.rule == "ascii"]
    assert [finding.line for finding in found] == [line]


def test_ascii_wants_a_line_feed_at_the_end() -> None:
    assert rules(CLEAN.removesuffix("\n")) == ["ascii"]


def test_a_byte_order_mark_is_no_ascii() -> None:
    assert "ascii" in rules(b"\xef\xbb\xbf" + CLEAN.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "self.amount = 1 if amount_ > 3 else 2",
        "self.amount = 1 + max(2 if amount_ > 3 else 3, 4)",
        "self._set(1 if amount_ > 3 else 2)",
    ],
)
def test_ternary(statement: str) -> None:
    assert rules(CLEAN.replace("self._set(amount_)", statement)) == ["ternary"]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("create_from_blueprint(msg.sender)", []),
        ("create_from_blueprint(msg.sender, code_offset=3)", []),
        ("create_from_blueprint(msg.sender, code_offset=amount_)", ["code-offset"]),
        ("create_from_blueprint(msg.sender, code_offset=1 + 2)", ["code-offset"]),
        ("create_from_blueprint(msg.sender, 1, code_offset=len(msg.data))", ["code-offset"]),
    ],
)
def test_code_offset(call: str, expected: list[str]) -> None:
    source = CLEAN.replace("self._set(amount_)", f"made: address = {call}")
    assert rules(source) == expected


@pytest.mark.parametrize("name", ["raise_to", "_set"])
def test_value_parameter(name: str) -> None:
    source = CLEAN.replace(f"def {name}(amount_:", f"def {name}(value:").replace("@param amount_", "@param value")
    assert "value-parameter" in rules(source)


def test_value_parameter_of_an_interface() -> None:
    assert rules(INTERFACE.replace("amount_", "value"), "Purse.vyi") == ["value-parameter"]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("#pragma version 0.4.3\n", "", "pragma"),
        ("#pragma version 0.4.3\n", "#pragma version ~=0.4.3\n", "pragma"),
        ("# SPDX-License-Identifier: AGPL-3.0-only\n", "", "licence"),
        ("AGPL-3.0-only", "MIT", "licence"),
    ],
)
def test_header(old: str, new: str, rule: str) -> None:
    assert rules(CLEAN.replace(old, new)) == [rule]


def test_the_header_ends_where_code_begins() -> None:
    licence = "# SPDX-License-Identifier: AGPL-3.0-only\n"
    assert rules(CLEAN.replace(licence, "") + licence) == ["licence"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@title Purse", "Purse"),
        ("@notice Raises the number.", "Raises the number."),
        ("    @param amount_ The new number.\n", ""),
        ("    @param start The first number.\n", ""),
    ],
)
def test_natspec(old: str, new: str) -> None:
    assert rules(CLEAN.replace(old, new)) == ["natspec"]


def test_natspec_is_not_asked_of_internal_functions() -> None:
    assert rules(CLEAN.replace("@internal", "@internal\n@view")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (', "purse: number may only grow"', ""),
        ('"purse: number may only grow"', '"number may only grow"'),
        ('"purse: number may only grow"', '"Purse: number may only grow"'),
        ('"purse: number may only grow"', '"purse:number"'),
        ('"purse: number may only grow"', '"purse: ' + "x" * 60 + '"'),
        ('raise "purse: seven is taken"', "raise"),
        ('"purse: number may only grow"', "UNREACHABLE"),
    ],
)
def test_message(old: str, new: str) -> None:
    assert rules(CLEAN.replace(old, new)) == ["message"]


def test_a_source_that_does_not_parse_is_a_finding() -> None:
    assert rules("def (:\n") == ["syntax"]


def test_a_library_may_have_other_characters_in_prose_alone() -> None:
    prose = CLEAN.replace("Holds a number.", "0 \u2264 i").replace("@notice Raises", "@notice \u2265 Raises")
    assert miscompilation_findings(("# \u2265\n" + prose).encode(), "lib/purse.vy") == []
    code = CLEAN.replace("self._set(amount_)", "self._set(amount_)  # \u2265")
    assert [item.rule for item in miscompilation_findings(code.encode(), "lib/purse.vy")] == ["ascii"]


def test_a_library_has_no_ternary_either() -> None:
    source = CLEAN.replace("self._set(amount_)", "self._set(1 if amount_ > 3 else 2)")
    assert [item.rule for item in miscompilation_findings(source.encode(), "lib/purse.vy")] == ["ternary"]


def test_findings_are_sorted_and_read_like_a_compilers() -> None:
    assert str(Finding("a.vy", 3, "ternary", "write an if statement")) == "a.vy:3: ternary: write an if statement"
    found = lint(CLEAN.replace("#pragma version 0.4.3\n", "").replace("@title", "").encode(), "Purse.vy")
    assert found == sorted(found)


def test_main_searches_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "Purse.vy").write_text(CLEAN, encoding="ascii")
    (tmp_path / "IPurse.vyi").write_text(INTERFACE, encoding="ascii")
    (tmp_path / "notes.txt").write_text("not Vyper", encoding="ascii")
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "lint_vyper: 2 sources, 0 findings\n"


def test_main_fails_on_a_finding_and_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "Purse.vy"
    path.write_text(CLEAN.replace("AGPL", "GPL"), encoding="ascii")
    assert main(["--json", str(path)]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["path"], found["line"], found["rule"]) == (path.as_posix(), 1, "licence")


def test_main_refuses_a_path_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.vy")]) == 2
    assert "no such file or folder" in capsys.readouterr().err
