"""Person-years in a real PostgreSQL server, started for the test: the same answers as from files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lmpeval.engine.preparation import prepare
from lmpeval.errors import UserError
from lmpeval.sources.persons.delivered import deliver_persons
from lmpeval.sources.persons.postgres import fetched, in_postgres, shown
from lmpeval.study import Data
from person_country import lay_out, person_years, written
from postgres_server import postgres

PLACES = {"municipalities": "regions.csv"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that listens on this machine alone, with the people of the drawn country in it."""
    driver = pytest.importorskip("adbc_driver_postgresql.dbapi", reason="lmpeval[postgres] is not installed")
    with postgres(tmp_path_factory.mktemp("pg")) as uri:
        with driver.connect(uri) as connection, connection.cursor() as cursor:
            cursor.adbc_ingest("person_year", _arrow(person_years()), mode="create")
            cursor.execute("ALTER TABLE person_year ALTER COLUMN cost_hospital TYPE numeric(12, 4)")
            cursor.execute("CREATE VIEW empty AS SELECT * FROM person_year WHERE year = 0")
            connection.commit()
        yield uri


def _arrow(people):
    import pyarrow as pa  # noqa: PLC0415

    return pa.Table.from_pandas(people.sample(frac=1, random_state=3), preserve_index=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    people = person_years()
    people["cost_hospital"] = people["cost_hospital"].round(4)
    return lay_out(tmp_path_factory.mktemp("files") / "country", people)


def test_a_database_holds_what_the_files_hold(server, folder):
    table = deliver_persons(Data(persons=server, **PLACES), folder)
    files = deliver_persons(Data(persons="people", **PLACES), folder)
    assert table.years == files.years
    query = "SELECT person_id, year, cost, age, woman, sex FROM person_year ORDER BY 1, 2"
    with table.persons.opened() as one, files.persons.opened() as other:
        pd.testing.assert_frame_equal(one.execute(query).df(), other.execute(query).df(), rtol=1e-9)


def test_the_same_rows_give_the_same_bytes_in_a_file_of_one_s_own(server):
    path = fetched(server, "person_year")
    first = path.read_bytes()
    assert fetched(server, "person_year") is path  # fetched once
    assert path.parent.stat().st_mode & 0o077 == 0
    fetched.cache_clear()
    again = fetched(server, "person_year")
    assert again != path
    assert again.read_bytes() == first


def test_a_study_reads_it_and_its_digest(server, folder):
    [prepared] = prepare([written(folder, data={"persons": server})], folder)
    assert prepared.delivery.persons.years == tuple(np.arange(2008, 2016))
    assert "person_year.parquet" in [name for name, _ in prepared.delivery.shown_files]


def test_what_cannot_be_read_is_told_without_a_row(server, folder):
    with pytest.raises(UserError, match="no table or view 'persons' on the search path"):
        fetched(server, "persons")
    with pytest.raises(UserError, match="must have at least 1 row"):
        deliver_persons(Data(persons=server, table="empty", **PLACES), folder)
    nowhere = "postgresql://tester@127.0.0.1:1/postgres"
    with pytest.raises(
        UserError, match=r"^postgresql://127\.0\.0\.1:1/postgres: table person_year cannot be"
    ):
        fetched(nowhere, "person_year")


def test_a_password_in_a_study_file_is_refused_with_its_place(folder):
    for uri in ("postgresql://me:secret@db/health", "postgresql://db/health?password=secret"):
        with pytest.raises(
            UserError, match=r"study\.yaml:\d+:\d+: data\.persons: holds a password"
        ) as refused:
            prepare([written(folder, data={"persons": uri})], folder)
        assert "secret" not in str(refused.value)


def test_a_database_is_told_from_a_file():
    assert in_postgres("postgres://db/health")
    assert not in_postgres("people.parquet")
    assert shown("postgresql://me@db:5433/health?x=1") == "postgresql://db:5433/health"
