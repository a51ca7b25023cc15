# SPDX-License-Identifier: AGPL-3.0-only
"""Files that build on another: what is merged, what is replaced, and where an error is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tongxin.charter import CharterError, load_charter, parse_charter
from tongxin.charter.reading import MOST_FILES, load_written

CHARTERS = Path(__file__).parents[3] / "charters"
BASE = (CHARTERS / "example-immediate.yaml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    return tmp_path


def thin(folder: Path, text: str, name: str = "thin.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_groups_are_merged_and_lists_replaced(folder: Path) -> None:
    path = thin(
        folder,
        "extends: base.yaml\nmoney:\n  fee: 2%\nbenefits:\n  - label: {zh: 病, en: illness}\n"
        "    text: {zh: 病, en: illness}\n    kind: lump_sum\n    levels:\n"
        "      - {grants: 100%, meaning: {zh: 病, en: ill}}\n    repeats: 1\n    interval: 0d\n"
        '    amounts: ["5", "6"]\n    waiting: [1d, 2d]\n',
    )
    charter, base = load_charter(path), load_charter(folder / "base.yaml")
    assert (charter.money.fee, charter.money.round_cap) == (200, base.money.round_cap)
    assert [one.label.en for one in charter.benefits] == ["illness"]
    assert len(charter.benefits[0].levels) == 1
    assert charter.court == base.court


def test_an_error_names_the_file_in_which_the_field_stands(folder: Path) -> None:
    path = thin(folder, "extends: base.yaml\n\nmembership:\n  leave_notice: 20d\n")
    with pytest.raises(CharterError) as caught:
        load_charter(path)
    (fault,) = caught.value.faults
    # The notice is set here; what it breaks stands in the base.
    assert (fault.path, fault.file) == ("voting.adoption_delay", str(folder / "base.yaml"))
    assert BASE.splitlines()[fault.line - 1].strip().startswith("adoption_delay")
    assert f"{folder / 'base.yaml'}, line {fault.line}: voting.adoption_delay" in str(caught.value)

    with pytest.raises(CharterError) as caught:
        load_charter(thin(folder, "extends: base.yaml\n\nmoney:\n  round_cap: 0.5\n  fee: 3\n"))
    assert [(fault.path, fault.file, fault.line) for fault in caught.value.faults] == [
        ("money.round_cap", "", 4),
        ("money.fee", "", 5),
    ]


def test_an_error_in_a_replaced_list_is_shown_where_the_list_is_now(folder: Path) -> None:
    path = thin(folder, "extends: base.yaml\nclasses:\n  - label: {zh: 一, en: one}\n    shares: 1.5\n")
    with pytest.raises(CharterError) as caught:
        load_charter(path)
    assert ("classes[0].shares", "", 4) in [(fault.path, fault.file, fault.line) for fault in caught.value.faults]


def test_what_is_missing_in_a_replaced_list_is_not_looked_for_in_the_base(folder: Path) -> None:
    path = thin(folder, "extends: base.yaml\n\nclasses:\n  - label: {zh: 一, en: one}\n  - label: {zh: 二, en: two}\n")
    with pytest.raises(CharterError) as caught:
        load_charter(path)
    assert [(fault.path, fault.file, fault.line) for fault in caught.value.faults] == [
        ("classes[0].shares", "", 4),
        ("classes[1].shares", "", 5),
    ]


def test_places_of_a_replaced_group_are_those_of_the_upper_file(folder: Path) -> None:
    written = load_written(thin(folder, "extends: base.yaml\nmoney:\n  fee: 2%\n"))
    assert written.places["money", "fee"].file.endswith("thin.yaml")
    assert written.places["money", "round_cap"].file.endswith("base.yaml")
    assert ("extends",) not in written.places


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: none.yaml\n", "line 1: extends: there is no file"),
        ("extends: thin.yaml\n", "builds on this file itself"),
        ("extends: 3\n", "must name a file"),
    ],
)
def test_a_file_that_can_not_be_built_on(folder: Path, text: str, message: str) -> None:
    with pytest.raises(CharterError, match=message):
        load_charter(thin(folder, text))


def test_files_that_build_on_one_another(folder: Path) -> None:
    thin(folder, "extends: base.yaml\nmoney: {fee: 3%}\n", "middle.yaml")
    assert load_charter(thin(folder, "extends: middle.yaml\nmoney: {carries: 2}\n")).money.fee == 300
    thin(folder, "extends: second.yaml\n", "first.yaml")
    with pytest.raises(CharterError, match="builds on this file itself"):
        load_charter(thin(folder, "extends: first.yaml\n", "second.yaml"))
    for number in range(MOST_FILES):
        thin(folder, f"extends: chain{number + 1}.yaml\n", f"chain{number}.yaml")
    with pytest.raises(CharterError, match=f"more than {MOST_FILES} files"):
        load_charter(folder / "chain0.yaml")


def test_a_text_without_a_file_builds_on_nothing() -> None:
    with pytest.raises(CharterError, match="line 2: extends: only a file"):
        parse_charter("\nextends: base.yaml\n", "text")


def test_a_list_with_a_wrong_entry_is_not_called_too_short() -> None:
    with pytest.raises(CharterError) as caught:
        parse_charter(BASE.replace("meaning: {zh: 重, en: severe}", "meaning: {zh: 重, en: true}"), "x")
    assert [fault.path for fault in caught.value.faults] == ["benefits[0].levels[1].meaning.en"]
