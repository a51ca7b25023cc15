# SPDX-License-Identifier: AGPL-3.0-only
"""Proofs of what a chain holds against a block's hash: storage, code, receipts. Whoever answers need not be trusted.

`header` and `agreement` say which block; `state` proves accounts, storage words and code in it; `receipts` proves logs.
`receipt` is the JSON form of one log (`tongxin-receipt/1`). What follows for a mutual is in `tongxin.verify`.
"""
