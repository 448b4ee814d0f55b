"""Secrets: what the server makes up once and needs for ever."""

from sqlalchemy import Table, TypedColumns

from db.dialect import STRICT
from db.types import METADATA, primary_key, text


class SecretColumns(TypedColumns):
    """A secret by its name."""

    name = primary_key()
    value = text()


secrets = Table("secrets", METADATA, SecretColumns, **STRICT)
