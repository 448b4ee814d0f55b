"""The SQL of secrets and of the keys of shows."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, select, update

from db.schema.secrets import secrets, show_keys
from db.schema.shows import shows
from db.statement import Statement

SECRET = Statement(select(secrets.c.value).where(secrets.c.name == bindparam("name")))
INSERT_SECRET = Statement(insert(secrets))
DELETE_SECRET = Statement(delete(secrets).where(secrets.c.name == bindparam("name")))

INSERT_KEY = Statement(insert(show_keys))
#: The oldest one signs: those of shows that were merged into this one only stay valid.
SIGNING_KEY = Statement(
    select(show_keys.c.private_key)
    .where(show_keys.c.show_id == bindparam("show"))
    .order_by(show_keys.c.created_at, show_keys.c.public_key)
    .limit(1)
)
PUBLIC_KEYS = Statement(
    select(show_keys.c.public_key)
    .where(show_keys.c.show_id == bindparam("show"))
    .order_by(show_keys.c.created_at, show_keys.c.public_key)
)
MOVE_KEYS = Statement(
    update(show_keys)
    .where(show_keys.c.show_id == bindparam("show"))
    .values(show_id=bindparam("into"))
)
SHOWS_WITHOUT_KEY = Statement(
    select(shows.c.id)
    .where(
        shows.c.starts_at > bindparam("since"),
        shows.c.merged_into.is_(None),
        ~select(show_keys.c.show_id).where(show_keys.c.show_id == shows.c.id).exists(),
    )
    .order_by(shows.c.id)
    .limit(bindparam("limit"))
)
KEYS_SEALED_OTHERWISE = Statement(
    select(show_keys.c.public_key, show_keys.c.private_key)
    .where(show_keys.c.private_key.not_like(bindparam("like")))
    .order_by(show_keys.c.public_key)
    .limit(bindparam("limit"))
)
SET_PRIVATE_KEY = Statement(
    update(show_keys)
    .where(show_keys.c.public_key == bindparam("public"))
    .values(private_key=bindparam("sealed"))
)
