# SPDX-License-Identifier: AGPL-3.0-only
"""Evidence that only those whom its owner lets can read (docs/spec/evidence.md)."""
