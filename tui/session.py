"""Session: one user on one server. Every request of the app goes through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from client.api import Api
from client.clock import SYSTEM, Clock
from client.config import Config, is_on
from client.credentials import Credentials, StoreResult, TokenOwner
from client.gate import has_stored_list
from contract.auth import LOG_OUT, ME, Account, Role, SignedIn
from contract.base import PAGE_LIMIT, Empty, Page, PageQuery
from contract.endpoint import Body, Endpoint, Reply
from contract.organisers import (
    LIST_ORGANISERS,
    MemberRole,
    Organiser,
    OrganiserApproved,
    OrganiserCreated,
    OrganiserMemberAdded,
    OrganiserMemberRemoved,
    OrganiserStatus,
    OrganiserSuspended,
)
from contract.problems import NotSignedIn
from contract.terms import VIEW_TERMS, Terms
from tui.feed_listener import TICK, FeedListener
from tui.thread_pool import DaemonThreads

if TYPE_CHECKING:
    import httpx

    from contract.base import T

Result = TypeVar("Result")
#: After these the account may have other screens.
MEMBERSHIP_EVENTS = (
    OrganiserCreated, OrganiserApproved, OrganiserSuspended, OrganiserMemberAdded,
    OrganiserMemberRemoved,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LaunchOptions:
    """The options given on the command line."""

    server: str | None = None
    theme: str | None = None
    mouse: bool = True
    readonly: bool = False


class UserSession:
    """The server as one user sees it, until another server or user is chosen."""

    def __init__(
        self,
        env: Mapping[str, str],
        options: LaunchOptions,
        *,
        clock: Clock = SYSTEM,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Read the settings and the stored credentials. No request is made yet.

        Raise BadConfig and BadAddress for invalid settings.
        """
        self.env = env
        self.clock = clock
        self.readonly = options.readonly
        flags = {"server": options.server} if options.server else None
        self.config = Config(env, flags=flags)
        preference = self.config.get("credential_store").value
        self.credentials = Credentials(self.config.folder, env, preference=preference)
        #: The signed-in account; None if there is none or it is not loaded yet.
        self.account: Account | None = None
        #: The organisers that the account acts for, once it is loaded.
        self.organisers: tuple[Organiser, ...] = ()
        #: The marketplace's fee and whether the money is real; None until loaded.
        self.terms: Terms | None = None
        self._pool = DaemonThreads()
        self._transport = transport
        self._opened: list[Api] = []
        self._has_list = False
        self.api = self._connect(self.config.get("server").value)
        self.feed = FeedListener(self._clone_api(), everything=False)

    def _connect(self, server: str) -> Api:
        insecure = is_on(self.env, "TICKETING_INSECURE")
        api = Api(server, None, insecure=insecure, http_transport=self._transport, clock=self.clock)
        api.token = self.credentials.token(api.server)
        self._opened.append(api)
        self._has_list = has_stored_list(api, self.config.folder)
        return api

    def _clone_api(self) -> Api:
        """Return another connection for the same server and user."""
        return Api(
            self.api.server, self.api.token, insecure=True, http_transport=self._transport,
            clock=self.clock,
        )  # fmt: skip

    def separate_api(self, *, timeout: float) -> Api:
        """Return a separate connection, for requests that must not wait for others."""
        api = self._clone_api()
        api.timeout = timeout
        self._opened.append(api)
        return api

    @property
    def server(self) -> str:
        """The address of the server."""
        return self.api.server

    @property
    def email(self) -> str:
        """The signed-in user's email address, as far as known; empty if nobody is signed in."""
        if self.account is not None:
            return self.account.email
        kept = self.credentials.sign_in(self.server)
        return kept.email if kept and self.api.token else ""

    @property
    def signed_in(self) -> bool:
        """Whether there is a token to send."""
        return self.api.token is not None

    @property
    def identity_known(self) -> bool:
        """Whether the terms and the signed-in account, if any, are loaded."""
        return self.terms is not None and (self.account is not None or not self.signed_in)

    @property
    def is_admin(self) -> bool:
        """Whether the account may use the operator screen."""
        return self.account is not None and self.account.role is Role.ADMIN

    @property
    def is_staff(self) -> bool:
        """Whether the account may use the gate.

        Until the account is loaded, having downloaded an admission list is enough.
        """
        if self.account is None:
            return self._has_list and self.signed_in
        return self.works_at_every_gate or bool(self.gate_organisers)

    @property
    def gate_organisers(self) -> frozenset[str]:
        """The approved organisers at whose gates the account works."""
        return frozenset(
            each.id
            for each in self.organisers
            if each.role is not None and each.status is OrganiserStatus.APPROVED
        )

    @property
    def works_at_every_gate(self) -> bool:
        """Whether the account may scan at the gate of any show."""
        return self.account is not None and self.account.role in {Role.ADMIN, Role.GATE}

    def now(self) -> datetime:
        """Return the current time by the server's clock."""
        return self.feed.now()

    async def call(
        self,
        endpoint: Endpoint[Body, Reply],
        body: Body | None = None,
        *,
        if_match: int | None = None,
        key: str | None = None,
        **path: str,
    ) -> Reply:
        """Call an endpoint without blocking the app. Raise the Problem, or Unreachable.

        `key` is the idempotency key of one intent; pass it again to retry the intent.
        """
        api = self.api
        return await self._pool.run(
            lambda: api.call(endpoint, body, if_match=if_match, idempotency_key=key, **path)
        )

    async def page(self, endpoint: Endpoint[Any, Page[T]], query: PageQuery) -> Page[T]:
        """Fetch one page of a list."""
        return await self.call(endpoint, query)

    async def run_blocking(self, do: Callable[[], Result]) -> Result:
        """Run blocking work, such as opening a browser, in the background."""
        return await self._pool.run(do)

    async def load_identity(self) -> None:
        """Load the terms and the signed-in account.

        Forget a token that is no longer valid; raise NotSignedIn then.
        """
        self.terms = await self.call(VIEW_TERMS)
        if not self.signed_in:
            return
        try:
            self.account = await self.call(ME, Empty())
        except NotSignedIn:
            await self._pool.run(lambda: self.credentials.forget(self.server))
            raise
        self.organisers = (await self.call(LIST_ORGANISERS, PageQuery(limit=PAGE_LIMIT))).items

    @property
    def managed(self) -> tuple[Organiser, ...]:
        """The organisers whose shows the account manages."""
        return tuple(each for each in self.organisers if each.role is MemberRole.MANAGER)

    def listen(self) -> None:
        """Restart the feed as the signed-in user; events that were not taken yet are dropped."""
        self.feed.stop()
        self.feed = FeedListener(self._clone_api(), everything=self.is_admin)
        self.feed.start()

    async def sign_in(self, signed: SignedIn) -> StoreResult:
        """Sign in, and store the token where the `ticketing` commands find it too."""
        who = TokenOwner(
            email=signed.account.email, account_id=signed.account.id, expires_at=signed.expires_at
        )
        kept = await self._pool.run(lambda: self.credentials.store(self.server, signed.token, who))
        self.use_token(signed.token)
        self.account, self.organisers = signed.account, ()
        return kept

    async def sign_out(self) -> None:
        """End the session on the server and forget its token."""
        try:
            await self.call(LOG_OUT)
        finally:
            await self._pool.run(lambda: self.credentials.forget(self.server))
            self.use_token(None)

    def use_token(self, token: str | None) -> None:
        """Use another token, or none."""
        self.feed.stop()
        self.api = self._clone_api()
        self.api.token = token
        self._opened.append(self.api)
        self.account, self.organisers = None, ()

    def switch_server(self, server: str) -> None:
        """Switch to another server, as the user who is signed in there. Raise BadAddress."""
        api = self._connect(server)
        self.feed.stop()
        self.api, self.account, self.terms, self.organisers = api, None, None, ()

    def close(self) -> None:
        """Close every connection without waiting for running requests."""
        self.feed.stop(wait=2 * TICK)
        for api in self._opened:
            api.close()
