"""Customers: the calls of `/v1/customers`."""

from __future__ import annotations

from server.sandbox import payment_methods
from server.sandbox.context import Context
from server.sandbox.models import Customer, Data, DeletedCustomer, PaymentMethod
from server.sandbox.params import Params, filters, list_page

#: The texts that a shop may store about a customer, with their maximum lengths.
TEXTS = {"description": 5000, "email": 512, "name": 256, "phone": 20}
NOT_DELETED = "json_extract(body, '$.deleted') IS ?"


def create(ctx: Context, params: Params) -> Customer:
    """Create a customer, and attach the payment method that the form names."""
    method_id = params.text("payment_method")
    texts: Data = {name: params.text(name, limit=limit) for name, limit in TEXTS.items()}
    customer = Customer(
        id=ctx.new_id("cus", 14),
        created=ctx.now,
        metadata=params.metadata(),
        **texts,
    )
    params.reject_unknown()
    ctx.insert(customer)
    ctx.emit("customer.created", customer)
    if method_id is not None:
        payment_methods.save(ctx, method_id, customer.id)
    return customer


def retrieve(ctx: Context, _: Params, customer_id: str) -> Customer | DeletedCustomer:
    """Return a customer, or the stub of a deleted one."""
    if "deleted" in (ctx.store.get_raw(customer_id) or {}):
        return DeletedCustomer(id=customer_id)
    return ctx.store.require(Customer, customer_id)


def update(ctx: Context, params: Params, customer_id: str) -> Customer:
    """Change the fields that the form names; an empty text clears a field."""
    customer = ctx.store.require(Customer, customer_id)
    given: Data = {
        name: params.clearable_text(name, limit=limit) or None
        for name, limit in TEXTS.items()
        if name in params.unread()
    }
    given["metadata"] = params.metadata(customer.metadata)
    params.reject_unknown()
    previous = {name: getattr(customer, name) for name in given}
    changed = {name: value for name, value in given.items() if value != previous[name]}
    updated = ctx.update(customer, **changed)
    ctx.emit("customer.updated", updated, **{name: previous[name] for name in changed})
    return updated


def delete(ctx: Context, params: Params, customer_id: str) -> DeletedCustomer:
    """Delete a customer, and detach the saved cards."""
    customer = ctx.store.require(Customer, customer_id)
    params.reject_unknown()
    where = {payment_methods.OF_CUSTOMER: customer.id}
    for method in ctx.store.select(PaymentMethod, where, oldest_first=True):
        payment_methods.detach_method(ctx, method)
    deleted = DeletedCustomer(id=customer.id)
    ctx.store.update(deleted)
    ctx.emit("customer.deleted", customer)
    return deleted


def list_all(ctx: Context, params: Params) -> Data:
    """Return customers, newest first, all or those with an `email`."""
    where = {NOT_DELETED: None, **filters(params, "email")}
    return list_page(ctx, Customer, params, url="/v1/customers", where=where)


def read_id(ctx: Context, params: Params) -> str | None:
    """Read `customer`, the id of a customer that must exist."""
    customer_id = params.text("customer")
    if customer_id is None:
        return None
    return ctx.store.require(Customer, customer_id, param="customer").id
