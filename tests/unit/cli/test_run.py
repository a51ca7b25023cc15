# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from pathlib import Path

import pytest

from tongxin.cli import program, run

SECRET = "张三 110101199003071234"


def test_the_report_of_a_defect_says_where_and_quotes_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """I-16: the file is meant to be sent to the developers."""

    def fails(_arguments: list[str]) -> None:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise ValueError(f"no {SECRET}") from error

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(program, "build", fails)
    monkeypatch.setattr("sys.argv", ["tongxin", "show"])
    with pytest.raises(SystemExit) as ended:
        run.main()
    assert ended.value.code == run.DEFECT
    (report,) = tmp_path.glob("tongxin-defect-*.log")
    text = report.read_text(encoding="utf-8")
    assert "builtins.ValueError" in text
    assert "builtins.KeyError" in text
    assert "test_run.py" in text
    assert "张三" not in text
    assert str(report) in capsys.readouterr().err
