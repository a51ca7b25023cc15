# SPDX-License-Identifier: AGPL-3.0-only
"""The chain: the embedded node, deployment, one class per contract. The only package that imports web3."""
