"""Session: one person at one server; everything a screen asks goes through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from client.api import Api
from client.clock import SYSTEM, Clock
from client.config import Config, is_on
from client.credentials import Credentials, Kept, Who
from client.gate import has_list
from contract.auth import LOG_OUT, ME, Account, Role, SignedIn
from contract.base import Empty, Page, PageQuery
from contract.endpoint import Body, Endpoint, Reply
from contract.problems import NotSignedIn
from contract.terms import VIEW_TERMS, Terms
from tui.feed_listener import TICK, Live
from tui.thread_pool import Calls

if TYPE_CHECKING:
    import httpx

    from contract.base import T

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What somebody asked for on the command line."""

    server: str | None = None
    theme: str | None = None
    mouse: bool = True
    readonly: bool = False


class Session:
    """The server as one person uses it, until another server or another person is chosen."""

    def __init__(
        self,
        env: Mapping[str, str],
        wishes: Wishes,
        *,
        clock: Clock = SYSTEM,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Read the settings and the kept sign-in; nothing is asked of the server yet.

        Raise BadConfig and BadAddress for settings that cannot be used.
        """
        self.env = env
        self.clock = clock
        self.readonly = wishes.readonly
        flags = {"server": wishes.server} if wishes.server else None
        self.config = Config(env, flags=flags)
        wish = self.config.get("credential_store").value
        self.credentials = Credentials(self.config.folder, env, wish=wish)
        #: Who is signed in; None is nobody, or not known yet.
        self.account: Account | None = None
        #: The house's fee and whether money is real; None until the server said so.
        self.terms: Terms | None = None
        self._calls = Calls()
        self._transport = transport
        self._opened: list[Api] = []
        self._has_list = False
        self.api = self._connect(self.config.get("server").value)
        self.live = Live(self._again(), everything=False)

    def _connect(self, server: str) -> Api:
        insecure = is_on(self.env, "TICKETING_INSECURE")
        api = Api(server, None, insecure=insecure, transport=self._transport, clock=self.clock)
        api.token = self.credentials.token(api.server)
        self._opened.append(api)
        self._has_list = has_list(api, self.config.folder)
        return api

    def _again(self) -> Api:
        """Return the same server and caller on a line of their own; the address is known good."""
        return Api(
            self.api.server, self.api.token, insecure=True, transport=self._transport,
            clock=self.clock,
        )  # fmt: skip

    def line(self, *, timeout: float) -> Api:
        """Return a line of its own to the same server, for what must not wait for the others."""
        api = self._again()
        api.timeout = timeout
        self._opened.append(api)
        return api

    @property
    def server(self) -> str:
        """The server's address."""
        return self.api.server

    @property
    def email(self) -> str:
        """The address of whoever is signed in, as far as known; empty for nobody."""
        if self.account is not None:
            return self.account.email
        kept = self.credentials.sign_in(self.server)
        return kept.email if kept and self.api.token else ""

    @property
    def signed_in(self) -> bool:
        """Whether there is a token to show."""
        return self.api.token is not None

    @property
    def is_known(self) -> bool:
        """Whether the server has said what the terms are, and who is signed in if anybody is."""
        return self.terms is not None and (self.account is not None or not self.signed_in)

    @property
    def is_admin(self) -> bool:
        """Whether the operator's screens are of any use."""
        return self.account is not None and self.account.role is Role.ADMIN

    @property
    def is_staff(self) -> bool:
        """Whether the gate's screen is of any use.

        Before the server has said who one is, who has fetched a gate's list may go by it.
        """
        if self.account is None:
            return self._has_list and self.signed_in
        return self.account.role in {Role.ADMIN, Role.GATE}

    def now(self) -> datetime:
        """Return the present moment by the server's clock."""
        return self.live.now()

    async def call(
        self,
        endpoint: Endpoint[Body, Reply],
        body: Body | None = None,
        *,
        if_match: int | None = None,
        key: str | None = None,
        **path: str,
    ) -> Reply:
        """Call an endpoint without holding the screen up. Raise the Problem, or Unreachable.

        `key` is the idempotency key of one intent; keep it to repeat the intent.
        """
        api = self.api
        return await self._calls.run(
            lambda: api.call(endpoint, body, if_match=if_match, idempotency_key=key, **path)
        )

    async def page(self, endpoint: Endpoint[Any, Page[T]], query: PageQuery) -> Page[T]:
        """Fetch one page of a list."""
        return await self.call(endpoint, query)

    async def beside(self, do: Callable[[], Result]) -> Result:
        """Do something else that may wait, such as opening a browser, beside the screen."""
        return await self._calls.run(do)

    async def learn(self) -> None:
        """Ask who one is and what the terms are.

        A token that is no longer good is forgotten; raise NotSignedIn then.
        """
        self.terms = await self.call(VIEW_TERMS)
        if not self.signed_in:
            return
        try:
            self.account = await self.call(ME, Empty())
        except NotSignedIn:
            await self._calls.run(lambda: self.credentials.forget(self.server))
            raise

    def listen(self) -> None:
        """Hear the feed as whoever is signed in; what was heard so far is dropped."""
        self.live.stop()
        self.live = Live(self._again(), everything=self.is_admin)
        self.live.start()

    async def sign_in(self, signed: SignedIn) -> Kept:
        """Become somebody, and keep the token where `ticketing` finds it too."""
        who = Who(
            email=signed.account.email, account_id=signed.account.id, expires_at=signed.expires_at
        )
        kept = await self._calls.run(lambda: self.credentials.keep(self.server, signed.token, who))
        self.enter(signed.token)
        self.account = signed.account
        return kept

    async def sign_out(self) -> None:
        """End the session at the server and forget its token; nobody is signed in then."""
        try:
            await self.call(LOG_OUT)
        finally:
            await self._calls.run(lambda: self.credentials.forget(self.server))
            self.enter(None)

    def enter(self, token: str | None) -> None:
        """Speak with another token, or with none."""
        self.live.stop()
        self.api = self._again()
        self.api.token = token
        self._opened.append(self.api)
        self.account = None

    def choose(self, server: str) -> None:
        """Speak to another server, as whoever is signed in there. Raise BadAddress."""
        api = self._connect(server)
        self.live.stop()
        self.api, self.account, self.terms = api, None, None

    def close(self) -> None:
        """Let go of the server; what was being asked is not waited for."""
        self.live.stop(wait=2 * TICK)
        for api in self._opened:
            api.close()
