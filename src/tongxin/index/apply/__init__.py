# SPDX-License-Identifier: AGPL-3.0-only
"""What each event of each contract means for the tables: one function per event, one file per part of the mutual."""

from tongxin.index.apply import assembly, charter, court, fund, jury, members, money, office
from tongxin.index.apply.writer import HANDLERS, Writer

__all__ = ["HANDLERS", "Writer", "assembly", "charter", "court", "fund", "jury", "members", "money", "office"]
