# SPDX-License-Identifier: AGPL-3.0-only
"""The demo: a mutual from its charter and roster to paid claims and an audit, on a real local chain."""
