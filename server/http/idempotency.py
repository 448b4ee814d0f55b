"""Idempotent requests: a write that is sent again is done once and gets the same response."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contract.problems import Problem
from server import idempotency
from server.http.response import encode
from server.idempotency import StoredReply
from server.principal import Principal
from server.tx import Tx

#: Statuses of refusals that are not stored: the same request may succeed later.
TRANSIENT = (401, 429)


@dataclass(kw_only=True)
class IdempotentRequest:
    """One write. Without a key, or from an anonymous client, its reply is not stored.

    `request` is a digest of method, path and body; `status` is the status of a success.
    """

    key: str | None
    request: str
    status: int
    identify: Callable[[Tx], Principal]
    act: Callable[[Tx, Principal], bytes]
    replayed: bool = False
    _user_id: str = ""

    def run(self, tx: Tx) -> StoredReply:
        """Run the write, or find the reply it got before; return the reply either way."""
        principal = self.identify(tx)
        self._user_id = principal.user_id
        tx.actor = principal.user_id or "anybody"
        if self.key is not None and self._user_id:
            found = idempotency.find_reply(
                tx, user_id=self._user_id, key=self.key, request=self.request
            )
            self.replayed = found is not None
            if found is not None:
                return found
        return self._store(tx, StoredReply(self.status, self.act(tx, principal)))

    def refused(self, tx: Tx, problem: Problem) -> StoredReply:
        """Store a refusal too: the same key must get the same response while it is stored."""
        lasting = 400 < problem.status < 500 and problem.status not in TRANSIENT
        if self.key is None or not self._user_id or not lasting or problem.code == "key_reused":
            raise problem
        # The rollback released the lock on the key: the same request may have been done meanwhile.
        found = idempotency.find_reply(
            tx, user_id=self._user_id, key=self.key, request=self.request
        )
        if found is not None:
            self.replayed = True
            return found
        problem.request_id = tx.new_code(16)
        return self._store(tx, StoredReply(problem.status, encode(problem.document())))

    def _store(self, tx: Tx, reply: StoredReply) -> StoredReply:
        if self.key is not None and self._user_id:
            idempotency.store_reply(
                tx, user_id=self._user_id, key=self.key, request=self.request, reply=reply
            )
        return reply
