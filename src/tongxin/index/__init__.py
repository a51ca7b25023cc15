# SPDX-License-Identifier: AGPL-3.0-only
"""Chain to SQL: everything the contracts of one or several mutuals logged, as tables that follow the chain."""
