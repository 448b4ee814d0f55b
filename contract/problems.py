"""Problems: refusals that the client can act on (RFC 9457), and those of every endpoint."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from contract.base import Model


class FieldError(Model, frozen=True, kw_only=True):
    """What is wrong with one field of a request. `field` is its path: `show.starts_at`."""

    field: str
    message: str


class ProblemDocument(Model, frozen=True, kw_only=True):
    """A problem on the wire, `application/problem+json`.

    `code` identifies the problem for scripts, `detail` explains it to people. `rule` names the
    purchase limit behind a refusal; `retry_after` is in seconds.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    rule: str | None = None
    retry_after: int | None = None
    request_id: str | None = None


class Problem(Exception):
    """The server refused the request."""

    #: The status of the class; an unknown problem of a newer server keeps its own.
    status: int = 500
    code: ClassVar[str] = "problem"
    #: Whether the same request may succeed later unchanged.
    retryable: ClassVar[bool] = False
    named: ClassVar[dict[str, type[Problem]]] = {}

    def __init_subclass__(
        cls, *, status: int, retryable: bool = False, code: str | None = None, **kwargs: Any
    ) -> None:
        """Register the problem by its code, so that clients can raise the same class.

        The code is the class name in snake case, unless `code` keeps an older one on the wire.
        """
        super().__init_subclass__(**kwargs)
        cls.status = status
        cls.retryable = retryable
        snake_case = "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__)
        cls.code = code or snake_case.lstrip("_")
        Problem.named[cls.code] = cls

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: tuple[FieldError, ...] = (),
        rule: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Set the detail; the default is the first line of the class's docstring."""
        self.detail = detail or self.title()
        self.errors = errors
        self.rule = rule
        self.retry_after = retry_after
        self.request_id: str | None = None
        super().__init__(self.detail)

    @classmethod
    def title(cls) -> str:
        """Return the sentence that applies to every problem of this class."""
        return (cls.__doc__ or cls.__name__).splitlines()[0]

    def document(self) -> ProblemDocument:
        """Return the problem in its wire format."""
        return ProblemDocument(
            type=f"/problems/{self.code.replace('_', '-')}",
            title=self.title(),
            status=self.status,
            code=self.code,
            detail=self.detail,
            errors=self.errors,
            rule=self.rule,
            retry_after=self.retry_after,
            request_id=self.request_id,
        )

    @classmethod
    def from_document(cls, document: ProblemDocument) -> Self | Problem:
        """Return the problem on the client's side, as the same class if it is known."""
        kind = Problem.named.get(document.code, Problem)
        problem = kind(
            document.detail,
            errors=document.errors,
            rule=document.rule,
            retry_after=document.retry_after,
        )
        problem.request_id = document.request_id
        problem.status = document.status
        return problem


class Invalid(Problem, status=422):
    """Please fix the following:"""  # noqa: D400  the fields are listed after it


class Malformed(Problem, status=400):
    """The request is not valid JSON."""


class NotSignedIn(Problem, status=401):
    """Please sign in first."""


class Forbidden(Problem, status=403):
    """You are not allowed to do this."""


class NotFound(Problem, status=404):
    """This address does not exist."""


class MethodNotAllowed(Problem, status=405):
    """This address does not support that method."""


class StaleVersion(Problem, status=412):
    """It has changed since you last saw it. Reload it, then repeat the edit."""


class BodyTooLarge(Problem, status=413):
    """The request body is too large for this endpoint."""


class UriTooLong(Problem, status=414):
    """The address with its query is too long. Please use a shorter query."""


class UnsupportedMediaType(Problem, status=415):
    """Please send JSON with the content type application/json."""


class KeyReused(Problem, status=422):
    """This idempotency key was already used for a different request."""


class TooManyRequests(Problem, status=429, retryable=True):
    """Too many requests. Please wait, then try again."""


class Broken(Problem, status=500):
    """Internal server error. It was logged under the request id."""


class Busy(Problem, status=503, retryable=True):
    """The server is too busy right now. Please try again."""


class StorageFull(Problem, status=507, retryable=True):
    """The server's disk is full. Nothing was changed; reading still works."""
