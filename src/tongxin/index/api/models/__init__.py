# SPDX-License-Identifier: AGPL-3.0-only
"""What the API answers, as its OpenAPI document describes it. Rows are written from the database without these models;
the tests hold every answer against them.
"""
