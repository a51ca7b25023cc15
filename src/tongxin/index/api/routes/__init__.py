# SPDX-License-Identifier: AGPL-3.0-only
"""The routes: one module per group of the OpenAPI document."""
