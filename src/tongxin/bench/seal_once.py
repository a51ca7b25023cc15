# SPDX-License-Identifier: AGPL-3.0-only
"""Seals or opens one file in a process of its own, so that its time and memory can be read: `evidence` runs it.

Run by its path, not as a module, so that nothing but sealing is loaded.
"""

import sys
from pathlib import Path

from tongxin.evidence.keys import read_identities
from tongxin.evidence.sealing import open_document, seal


def main(act: str, key: Path, source: Path, target: Path) -> None:
    """Seals `source` to the document `target`, or opens the document `source` into the folder `target`."""
    (identity,) = read_identities(key.read_text(encoding="ascii"))
    if act == "seal":
        seal([source], target, identity=identity)
    else:
        open_document(source, identity, target)


if __name__ == "__main__":
    main(sys.argv[1], *(Path(argument) for argument in sys.argv[2:5]))
