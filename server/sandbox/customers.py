"""Customers: the calls of `/v1/customers`."""

from __future__ import annotations

from server.sandbox import methods
from server.sandbox.lists import page, same
from server.sandbox.params import Params
from server.sandbox.refusals import missing
from server.sandbox.saving import Customer, Gone
from server.sandbox.shapes import Data, PaymentMethod
from server.sandbox.turn import Turn

#: What a shop may say of a customer, and how long each may be.
TEXTS = {"description": 5000, "email": 512, "name": 256, "phone": 20}
LIVING = "json_extract(body, '$.deleted') IS ?"


def create(turn: Turn, params: Params) -> Customer:
    """Make a customer, and save the payment method the form names."""
    method_id = params.text("payment_method")
    said: Data = {name: params.text(name, limit=limit) for name, limit in TEXTS.items()}
    customer = Customer(
        id=turn.new_id("cus", 14),
        created=turn.now,
        metadata=params.metadata(),
        **said,
    )
    params.finish()
    turn.add(customer)
    turn.emit("customer.created", customer)
    if method_id is not None:
        methods.save(turn, method_id, customer.id)
    return customer


def retrieve(turn: Turn, _: Params, customer_id: str) -> Customer | Gone:
    """Return a customer, or that there was one."""
    if _deleted(turn, customer_id):
        return Gone(id=customer_id)
    return turn.store.find(Customer, customer_id)


def update(turn: Turn, params: Params, customer_id: str) -> Customer:
    """Change what the form names; an empty text takes a field away."""
    customer = find(turn, customer_id)
    said: Data = {
        name: params.blank(name, limit=limit) or None
        for name, limit in TEXTS.items()
        if name in params.fields()
    }
    said["metadata"] = params.metadata(customer.metadata)
    params.finish()
    before = {name: getattr(customer, name) for name in said}
    changed = {name: value for name, value in said.items() if value != before[name]}
    updated = turn.change(customer, **changed)
    turn.emit("customer.updated", updated, **{name: before[name] for name in changed})
    return updated


def delete(turn: Turn, params: Params, customer_id: str) -> Gone:
    """Forget a customer, and let go of the saved cards."""
    customer = find(turn, customer_id)
    params.finish()
    for method in turn.store.select(PaymentMethod, {methods.OWNED: customer.id}, oldest_first=True):
        methods.detach(turn, method)
    gone = Gone(id=customer.id)
    turn.store.replace(gone)
    turn.emit("customer.deleted", customer)
    return gone


def list_all(turn: Turn, params: Params) -> Data:
    """Return customers, newest first, all or those with an `email`."""
    where = {LIVING: None, **same(params, "email")}
    return page(turn, Customer, params, url="/v1/customers", where=where)


def find(turn: Turn, customer_id: str, *, param: str = "id") -> Customer:
    """Return a customer; refuse one who was deleted as if there had never been one."""
    if _deleted(turn, customer_id):
        raise missing("customer", customer_id, param=param)
    return turn.store.find(Customer, customer_id, param=param)


def named(turn: Turn, params: Params) -> str | None:
    """Take `customer`, who must exist; return the id."""
    customer_id = params.text("customer")
    return None if customer_id is None else find(turn, customer_id, param="customer").id


def _deleted(turn: Turn, customer_id: str) -> bool:
    return "deleted" in (turn.store.plain(customer_id) or {})
