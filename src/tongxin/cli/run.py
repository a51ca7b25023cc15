# SPDX-License-Identifier: AGPL-3.0-only
"""From the arguments to the exit code: 0 done, 1 refused or failed, 2 wrongly called, 70 a defect, 130 interrupted."""

import contextlib
import gc
import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.exceptions import TyperException

from tongxin.cli.text import _, choose_language, use_language
from tongxin.errors import TongxinError

__all__ = ["main"]

WRONGLY_CALLED = 2
DEFECT = 70
INTERRUPTED = 130


def main() -> None:
    """Runs the command that the process's arguments name, and ends the process."""
    arguments = sys.argv[1:]
    use_language(choose_language(arguments))
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has gone: nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    as_json = "--json" in arguments
    try:
        with _objects_that_stay():
            # Texts of the commands are translated when these modules are read, which is why that waits until now.
            program = typer.main.get_command(importlib.import_module("tongxin.cli.program").build(arguments))
        result: Any = program.main(arguments, prog_name="tongxin", standalone_mode=False)
    except TongxinError as error:
        return _fail(_told(error), 1, as_json, error.details())
    except TyperException as error:
        return _fail(error.format_message(), error.exit_code, as_json, {"error": type(error).__name__})
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted(as_json=as_json)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - a defect of ours: the person gets a line, the developer a file
        return _fail(_report_defect(error), DEFECT, as_json, {"error": type(error).__name__})
    if result == INTERRUPTED:
        return _interrupted(as_json=as_json)
    return result if isinstance(result, int) else 0


@contextlib.contextmanager
def _objects_that_stay() -> Iterator[None]:
    """The garbage collector leaves alone what is made within, now and at the process's end.

    Modules hold what they make; looking through it again and again takes a quarter of a short command's time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _told(error: TongxinError) -> str:
    """What happened and what to do, a contract's refusal in the language in use."""
    from tongxin.chain.reverts import Reverted  # noqa: PLC0415 - large; the commands read it within `_objects_that_stay`

    if not isinstance(error, Reverted):
        return str(error)
    where = f" ({error.call})" if error.call else ""
    return f"{_(error.happened())}: {_(error.advice)} [{error.reason or '-'}]{where}"


def _interrupted(*, as_json: bool) -> int:
    return _fail(_("interrupted; the same command goes on where it stopped"), INTERRUPTED, as_json, {})


def _fail(message: str, code: int, as_json: bool, details: dict[str, object]) -> int:  # noqa: FBT001 - internal
    """One line on standard error."""
    first, *rest = [" ".join(part.split()) for part in message.splitlines() if part.strip()] or [""]
    line = f"{first}: {'; '.join(rest)}" if rest else first
    line = json.dumps({**details, "message": line}, ensure_ascii=False, default=str) if as_json else f"tongxin: {line}"
    with contextlib.suppress(OSError):
        sys.stderr.write(line + "\n")
    return code


def _frames(error: BaseException | None) -> Iterator[str]:
    """Where an error and those behind it arose. Their texts stay away: they may quote what a person entered (I-16)."""
    while error is not None:
        yield f"{type(error).__module__}.{type(error).__qualname__}\n"
        yield from traceback.format_list(traceback.extract_tb(error.__traceback__))
        error = error.__cause__ or error.__context__


def _report_defect(error: Exception) -> str:
    """Keeps what a developer needs in a file, without a person's data, and says where."""
    path = Path(f"tongxin-defect-{int(time.time())}.log").absolute()
    try:
        path.write_text("".join(_frames(error)), encoding="utf-8")
    except OSError:
        where = _("(no report could be written)")
    else:
        where = _("please report it with {path}").format(path=path)
    return _("a defect of Tongxin: {kind}: {text}; {where}").format(kind=type(error).__name__, text=error, where=where)
