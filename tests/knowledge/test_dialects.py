import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from knowledge.catalogue.postgres import Postgres
from knowledge.catalogue.sqlite import Sqlite


def test_an_error_of_the_catalogue_does_not_show_what_stands_in_documents(tmp_path):
    engine = Sqlite(make_url(f"sqlite:///{tmp_path}/catalogue.db")).engine
    with pytest.raises(DBAPIError) as told, engine.connect() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:text)"), {"text": "my salary"})
    engine.dispose()
    assert "salary" not in str(told.value)


def test_nor_does_one_of_a_server():
    assert Postgres(make_url("postgresql://nobody@127.0.0.1/nothing")).engine.hide_parameters
