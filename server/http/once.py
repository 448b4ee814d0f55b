"""Once: a write that may be sent again, done one time and answered the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contract.problems import Problem
from server import idempotency
from server.caller import Caller
from server.http.replies import encode
from server.idempotency import Stored
from server.tx import Tx

#: Refusals that say nothing of the request's effect: the same request may be answered otherwise.
PASSING = (401, 429)


@dataclass(kw_only=True)
class Once:
    """A write on its way. Without a key, or without anybody it could belong to, nothing is kept.

    `request` is a hash of what is asked for, `status` what success is told with.
    """

    key: str | None
    request: str
    status: int
    identify: Callable[[Tx], Caller]
    act: Callable[[Tx, Caller], bytes]
    replayed: bool = False
    _user_id: str = ""

    def run(self, tx: Tx) -> Stored:
        """Do it, or find out that it was done; either way return the reply to give."""
        caller = self.identify(tx)
        self._user_id = caller.user_id
        tx.actor = caller.user_id or "anybody"
        if self.key is not None and self._user_id:
            found = idempotency.find(tx, user_id=self._user_id, key=self.key, request=self.request)
            self.replayed = found is not None
            if found is not None:
                return found
        return self._keep(tx, Stored(self.status, self.act(tx, caller)))

    def refused(self, tx: Tx, problem: Problem) -> Stored:
        """Keep a refusal too: the same key must get the same answer for as long as it is kept."""
        lasting = 400 < problem.status < 500 and problem.status not in PASSING
        if self.key is None or not self._user_id or not lasting or problem.code == "key_reused":
            raise problem
        # Undoing what was tried let the key go as well: the same request may have come between.
        found = idempotency.find(tx, user_id=self._user_id, key=self.key, request=self.request)
        if found is not None:
            self.replayed = True
            return found
        problem.request_id = tx.new_code(16)
        return self._keep(tx, Stored(problem.status, encode(problem.document())))

    def _keep(self, tx: Tx, reply: Stored) -> Stored:
        if self.key is not None and self._user_id:
            idempotency.keep(
                tx, user_id=self._user_id, key=self.key, request=self.request, reply=reply
            )
        return reply
