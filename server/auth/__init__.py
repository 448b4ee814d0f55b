"""Auth: accounts, their sessions, and what each role may do."""

from contract.auth import (
    CHANGE_PASSWORD,
    END_SESSION,
    LIST_SESSIONS,
    LIST_USERS,
    LOG_IN,
    LOG_OUT,
    ME,
    SET_ROLE,
    SIGN_UP,
    AccountCreated,
    AccountUpdated,
)
from server.auth import routes, service
from server.routing import multi_step, route

ROUTES = (
    multi_step(SIGN_UP, routes.sign_up),
    multi_step(LOG_IN, routes.log_in),
    multi_step(CHANGE_PASSWORD, routes.change_password),
    route(LOG_OUT, routes.log_out),
    route(ME, routes.me),
    route(LIST_SESSIONS, routes.list_sessions),
    route(END_SESSION, routes.end_session),
    route(LIST_USERS, routes.list_users),
    route(SET_ROLE, routes.set_role),
)
EVENTS = (AccountCreated, AccountUpdated)

identify = service.identify
grant_admin = service.grant_admin
touch = service.touch
count = service.count

__all__ = ["EVENTS", "ROUTES", "count", "grant_admin", "identify", "touch"]
