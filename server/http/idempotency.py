"""Idempotent requests: a write that may be sent again is done once and answered the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contract.problems import Problem
from server import idempotency
from server.http.response import encode
from server.idempotency import Stored
from server.principal import Principal
from server.tx import Tx

#: Refusals that are not stored: the same request may get another answer later.
TRANSIENT = (401, 429)


@dataclass(kw_only=True)
class IdempotentRequest:
    """One write. Without a key, or from an anonymous client, its reply is not stored.

    `request` is a digest of method, path and body; `status` is that of a success.
    """

    key: str | None
    request: str
    status: int
    identify: Callable[[Tx], Principal]
    act: Callable[[Tx, Principal], bytes]
    replayed: bool = False
    _user_id: str = ""

    def run(self, tx: Tx) -> Stored:
        """Run the write, or find the reply it was given before; return the reply either way."""
        principal = self.identify(tx)
        self._user_id = principal.user_id
        tx.actor = principal.user_id or "anybody"
        if self.key is not None and self._user_id:
            found = idempotency.find(tx, user_id=self._user_id, key=self.key, request=self.request)
            self.replayed = found is not None
            if found is not None:
                return found
        return self._store(tx, Stored(self.status, self.act(tx, principal)))

    def refused(self, tx: Tx, problem: Problem) -> Stored:
        """Store a refusal too: the same key must get the same answer for as long as it is kept."""
        lasting = 400 < problem.status < 500 and problem.status not in TRANSIENT
        if self.key is None or not self._user_id or not lasting or problem.code == "key_reused":
            raise problem
        # The rollback released the lock on the key: the same request may have come in between.
        found = idempotency.find(tx, user_id=self._user_id, key=self.key, request=self.request)
        if found is not None:
            self.replayed = True
            return found
        problem.request_id = tx.new_code(16)
        return self._store(tx, Stored(problem.status, encode(problem.document())))

    def _store(self, tx: Tx, reply: Stored) -> Stored:
        if self.key is not None and self._user_id:
            idempotency.keep(
                tx, user_id=self._user_id, key=self.key, request=self.request, reply=reply
            )
        return reply
