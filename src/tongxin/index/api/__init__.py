# SPDX-License-Identifier: AGPL-3.0-only
"""The read API: what the index holds, for anybody, over HTTP. It reads the database and nothing else."""
