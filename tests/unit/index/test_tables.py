# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest
from alembic import command as alembic
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, select

from tongxin.index import migrations
from tongxin.index.errors import StoreError
from tongxin.index.store import Store
from tongxin.index.tables import CANONICAL, CHRONICLE, STATE, TECHNICAL, blocks, metadata, waypoints
from tongxin.index.types import Amount, stored_amount

GUIDE = (Path(__file__).parents[3] / "docs" / "guide" / "index.md").read_text(encoding="utf-8")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"sqlite:///{tmp_path}/folder/index.sqlite")


def test_the_steps_make_the_tables_as_they_are(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    store.close()


def test_opening_an_index_again_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        with Store(f"sqlite:///{tmp_path}/index.sqlite") as store, store.write() as connection:
            connection.execute(
                insert(waypoints).values(number=len(connection.execute(select(waypoints)).all()), hash=b"")
            )
    with Store(f"sqlite:///{tmp_path}/index.sqlite") as store, store.read() as connection:
        assert len(connection.execute(select(waypoints)).all()) == 2


def test_an_index_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/index.sqlite"
    with Store(url) as store, store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"a newer version .* form 9999, .* upgrade the program"):
        Store(url)
    with contextlib.closing(sqlite3.connect(tmp_path / "index.sqlite")) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


def test_an_index_of_an_older_program_is_brought_up_to_date(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/index.sqlite"
    older = _older(tmp_path / "index.sqlite")
    with Store(url) as store, store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert MigrationContext.configure(connection).get_current_revision() != older


def _older(path: Path) -> str:
    """An index as the program before the last step of the tables made it; that step's predecessor."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with create_engine(f"sqlite:///{path}").connect() as connection:
        config.attributes["connection"] = connection
        alembic.upgrade(config, "head-1")
        found = MigrationContext.configure(connection).get_current_revision()
    assert found is not None
    return found


def test_every_table_and_every_column_is_in_the_guide() -> None:
    for table in metadata.sorted_tables:
        found = re.search(rf"\*\*{table.name}\*\*(.*?)(?=\n\n|\*\*[a-z_]+\*\* |\Z)", GUIDE, re.DOTALL)
        assert found, f"{table.name} is not in docs/guide/index.md"
        named = set(re.findall(r"`([a-z_]+)`", found[1]))
        columns = {column.name for column in table.columns}
        if table in CHRONICLE:
            columns -= {"mutual", "block", "log_index"}
        assert columns <= named, f"{table.name}: {columns - named}"


def test_every_table_is_of_one_kind() -> None:
    assert {*CANONICAL, *TECHNICAL} == set(metadata.tables.values())
    assert len(CANONICAL) + len(TECHNICAL) == len(metadata.tables)
    assert set(CANONICAL) == {*CHRONICLE, *STATE, blocks}


def test_chronicles_are_keyed_by_their_place_on_the_chain() -> None:
    for table in CHRONICLE:
        assert [column.name for column in table.primary_key.columns][:3] == ["mutual", "block", "log_index"]


@given(st.lists(st.integers(0, 2**96 - 1), min_size=2))
def test_amounts_sort_as_numbers_do_where_they_are_text(amounts: list[int]) -> None:
    assert [int(text) for text in sorted(map(stored_amount, amounts))] == sorted(amounts)


def test_amounts_are_exact(tmp_path: Path) -> None:
    largest = 2**96 - 1
    with Store(f"sqlite:///{tmp_path}/index.sqlite") as store:
        shape = store.shapes["settlements"]
        row = {
            column.name: b"" if column.name == "payee" else largest if isinstance(column.type, Amount) else 1
            for column in shape.table.columns
        }
        with store.write() as connection:
            connection.exec_driver_sql(shape.insert, shape.into([row]))
        with store.read() as connection:
            found = connection.execute(select(shape.table)).one()
            assert found.collected == largest
            raw = connection.exec_driver_sql(shape.select, (1, 1, 1)).one()
            assert shape.out_of(raw)["index_after"] == largest


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("index.sqlite", "must be named like"),
        ("mysql://nobody@localhost/name", "no database of ours"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
    ],
)
def test_what_is_no_database_of_ours_is_refused(url: str, why: str) -> None:
    with pytest.raises(StoreError, match=why):
        Store(url)


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    path.write_text("a letter, much longer than a header of a database would be " * 20, encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is damaged"):
        Store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_full_disk_is_told_and_nothing_of_the_step_is_kept(store: Store) -> None:
    with store.write() as connection:
        connection.execute(insert(waypoints).values(number=1, hash=bytes(32)))
    with store.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def fill() -> None:
        with store.write() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            for number in range(2, 10_000):
                connection.execute(insert(waypoints).values(number=number, hash=bytes(32)))

    with pytest.raises(StoreError, match=r"the disk of the index .* is full; nothing of the last step was kept"):
        fill()
    store.close()
    with store.read() as connection:
        assert [row.number for row in connection.execute(select(waypoints))] == [1]
    store.close()


def test_two_programs_do_not_write_at_once(store: Store, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "folder" / "index.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def write() -> None:
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 10")
        with store.write() as connection:
            connection.execute(insert(waypoints).values(number=1, hash=bytes(32)))

    with pytest.raises(StoreError, match="another program is writing"):
        write()
    other.close()
    store.close()


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as told:
        Store(f"postgresql://somebody:secret@/name?host={tmp_path}")
    assert "secret" not in str(told.value)
