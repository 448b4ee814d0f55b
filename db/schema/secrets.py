"""Secrets: what the server makes up once and needs for ever."""

from sqlalchemy import Index, Table, TypedColumns

from db.dialect import STRICT
from db.types import METADATA, foreign_key, primary_key, text, timestamp


class SecretColumns(TypedColumns):
    """A secret by its name."""

    name = primary_key()
    value = text()


secrets = Table("secrets", METADATA, SecretColumns, **STRICT)


class ShowKeyColumns(TypedColumns):
    """A key that signs the QR codes of a show: the private part is sealed, the public one is hex.

    A show has the keys of the shows that were merged into it as well.
    """

    public_key = primary_key()
    show_id = foreign_key("shows.id")
    private_key = text()
    created_at = timestamp()


show_keys = Table("show_keys", METADATA, ShowKeyColumns, Index(None, "show_id"), **STRICT)
