#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Standing
@license AGPL-3.0-only
@notice Where a mutual stands in its life (R-106) and which version of the charter it applies (R-95): the word of the books,
        whose two flags say at no further cost that nothing is out of the ordinary, and the words that are read otherwise.
@dev Only words and their bits; the rules stand in modules/stages.vy and modules/register.vy, the layout in
     docs/spec/interface.md.
"""

from modules import words

# index 96 | shares 42 | heads 28 | special 1 | amended 1 | pending 1 | deposits 87.
books: public(uint256)
# stage 8 | started 40 | below since 40 | wound at 40 | ends at 40 | version 16 | unused 72.
stage: public(uint256)
# index at the trigger 96 | entitled shares 44 | shares paid out 44 | unused 72 (R-109, R-110).
ending: public(uint256)
# total 88 | left 88 | unused 80 (R-110).
set_aside: public(uint256)

# Stages of a mutual.
GATHERING: constant(uint256) = 1
RUNNING: constant(uint256) = 2
WINDING: constant(uint256) = 3
ENDED: constant(uint256) = 4

# Flags of the books: the mutual is not plainly running, or watches its floor; a later version than 1 is in use.
SPECIAL: constant(uint256) = 2
AMENDED: constant(uint256) = 1
FLAGS_AT: constant(uint256) = 88

# Offsets inside the stage word.
STAGE_AT: constant(uint256) = 248
STARTED_AT: constant(uint256) = 208
BELOW_AT: constant(uint256) = 168
WOUND_AT: constant(uint256) = 128
ENDS_AT: constant(uint256) = 88
VERSION_AT: constant(uint256) = 72


@external
@view
def version() -> uint256:
    """
    @notice The version of the charter that the Fund applies (R-95).
    @return Its number; 0 before the mutual is wired.
    """
    return self._version()


@internal
@view
def _version() -> uint256:
    return (self.stage >> VERSION_AT) & 65_535


@internal
@view
def _flags() -> uint256:
    """
    @dev For who has not loaded the books.
    """
    return (self.books >> FLAGS_AT) & 3


@internal
@view
def _is_stage(stage: uint256) -> bool:
    return self.stage >> STAGE_AT == stage


@internal
def _store_stage(word: uint256):
    """
    @dev Keeps the flag in the books true: special while not running, or while the floor is watched.
    """
    self.stage = word
    if word >> STAGE_AT != RUNNING or (word >> BELOW_AT) & words.MASK_40 != 0:
        self.books |= SPECIAL << FLAGS_AT
    else:
        self.books &= ~(SPECIAL << FLAGS_AT)


@internal
def _set_amended():
    self.books |= AMENDED << FLAGS_AT


@internal
@view
def _check_open():
    """
    @dev R-110: for acts whose caller does not read the books otherwise, or found them special.
    """
    if self.stage >> STAGE_AT == ENDED:
        words._fail("fund: the mutual has ended")


@internal
@view
def _check_class_change():
    """
    @dev R-108.
    """
    if self.stage >> STAGE_AT > RUNNING:
        words._fail("fund: no class change now")
