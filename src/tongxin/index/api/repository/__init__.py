# SPDX-License-Identifier: AGPL-3.0-only
"""Everything that is asked of the database: one module per noun. Each query goes by an index, none counts or skips."""
