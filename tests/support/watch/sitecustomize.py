# SPDX-License-Identifier: AGPL-3.0-only
"""Loaded by every Python process that a test watches: keeps what the process removes, and notes what it starts.

TONGXIN_TEST_WATCH names the folder: `started.txt` has one line per program started, `removed-...` each regular file of
the folder TONGXIN_TEST_ROOT that was about to be removed, as it was then.
"""

import itertools
import os
import shutil
import sys
from pathlib import Path

STARTS = {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"}


class Watch:
    """An audit hook; what it does itself is not watched."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        self.root = root
        self.is_busy = False
        self.numbers = itertools.count()

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Called by the interpreter at every event."""
        if self.is_busy or event not in {"os.remove", *STARTS}:
            return
        self.is_busy = True
        try:
            if event == "os.remove":
                self.keep(*arguments)
            else:
                with (self.folder / "started.txt").open("a", encoding="utf-8") as note:
                    note.write(repr(arguments[:2]) + "\n")
        except OSError:
            pass
        finally:
            self.is_busy = False

    def keep(self, path: object, folder: object = -1) -> None:
        """Copies a file that is about to be removed; `folder` is an open folder that the path starts from, or -1."""
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        place = Path(os.fsdecode(path))
        if isinstance(folder, int) and folder >= 0:
            place = Path(f"/proc/self/fd/{folder}").readlink() / place
        place = place.absolute()
        if place.is_file() and not place.is_symlink() and self.root in place.parents:
            copy = self.folder / f"removed-{os.getpid()}-{next(self.numbers)}"
            shutil.copyfile(place, copy)
            copy.with_name(f"{copy.name}.path").write_text(str(place), encoding="utf-8")


if "TONGXIN_TEST_WATCH" in os.environ:
    sys.addaudithook(Watch(Path(os.environ["TONGXIN_TEST_WATCH"]), Path(os.environ["TONGXIN_TEST_ROOT"])))
