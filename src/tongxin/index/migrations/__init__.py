# SPDX-License-Identifier: AGPL-3.0-only
"""How the tables came to be, step by step; run by the program itself when it opens a database."""
