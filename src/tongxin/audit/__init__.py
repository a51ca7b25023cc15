# SPDX-License-Identifier: AGPL-3.0-only
"""The audit: a mutual recomputed from the chain's logs and storage alone, independent of every server.

report = run(["https://one.example", "https://another.example"], "0x...the Fund")
report.ok, report.first_bad_block, report.checks
"""

from tongxin.audit.reading import AuditError
from tongxin.audit.report import LIMITS, MEANING, AuditReport, Check, Name
from tongxin.audit.run import run

__all__ = ["LIMITS", "MEANING", "AuditError", "AuditReport", "Check", "Name", "run"]
