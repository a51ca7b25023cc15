#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Sortition
@license AGPL-3.0-only
@notice How a panel is drawn by lot: from the hash of a block that was fixed before anybody could know it (R-65, R-67).
@dev No state. The hash is never drawn again at will: it is the same for whoever asks, as long as the chain can prove
     it. After that the formula names the next block that it can prove, one in 256, so that a claim never gets stuck;
     that nobody drew for so long must then be the will of everybody. A block's proposer can withhold a block it does
     not like: docs/threat-model.md.
"""

# EIP-2935: the hashes of the last 8,191 blocks. Where the chain has no such contract the call returns nothing.
HISTORY: constant(address) = 0x0000F90827F1C53a10cb7A02335B175320002935
# How far the opcode looks back.
REACH: constant(uint256) = 256


@internal
@view
def _block_hash(lot_block: uint256) -> bytes32:
    """
    @dev R-65. Starving the call to the history contract of gas leaves less than a sixty-third of it for the rest,
         which then fails too: nobody can choose the formula while the history answers.
    """
    assert lot_block < block.number, "court: lot not ready"
    age: uint256 = block.number - lot_block
    if age <= REACH:
        return blockhash(lot_block)
    success: bool = False
    answer: Bytes[32] = b""
    success, answer = raw_call(
        HISTORY, abi_encode(lot_block), max_outsize=32, is_static_call=True, revert_on_failure=False
    )
    if success and len(answer) == 32 and convert(answer, bytes32) != empty(bytes32):
        return convert(answer, bytes32)
    return blockhash(lot_block + REACH * ((age - 1) // REACH))


@internal
@pure
def _seed(block_hash: bytes32, key: uint256, attempt: uint256) -> bytes32:
    """
    @dev R-65: another panel or attempt of the same block has another lot.
    """
    return keccak256(abi_encode(block_hash, key, attempt))


@internal
@pure
def _candidate(seed: bytes32, i: uint256, pool: uint256) -> uint256:
    """
    @dev R-67: the volunteer whom draw i falls on.
    """
    return convert(keccak256(abi_encode(seed, i)), uint256) % pool
