"""Payment methods: the calls of `/v1/payment_methods` and those below a customer."""

from __future__ import annotations

from server.sandbox import customers, methods
from server.sandbox.lists import page
from server.sandbox.params import Params
from server.sandbox.refusals import missing
from server.sandbox.shapes import Data, PaymentMethod
from server.sandbox.turn import Turn


def retrieve(turn: Turn, _: Params, method_id: str) -> PaymentMethod:
    """Return a payment method, attached or not."""
    return turn.store.find(PaymentMethod, method_id)


def list_all(turn: Turn, params: Params) -> Data:
    """Return the saved methods of the `customer` the form names, newest first."""
    customer = customers.find(turn, params.needed("customer"), param="customer")
    return _page(turn, params, customer.id, url="/v1/payment_methods")


def list_of(turn: Turn, params: Params, customer_id: str) -> Data:
    """Return the saved methods of a customer, newest first."""
    customer = customers.find(turn, customer_id)
    return _page(turn, params, customer.id, url=f"/v1/customers/{customer.id}/payment_methods")


def retrieve_of(turn: Turn, _: Params, customer_id: str, method_id: str) -> PaymentMethod:
    """Return a saved method of a customer."""
    customer = customers.find(turn, customer_id)
    method = turn.store.find(PaymentMethod, method_id, param="payment_method")
    if method.customer != customer.id:
        raise missing("payment_method", method_id, param="payment_method")
    return method


def attach(turn: Turn, params: Params, method_id: str) -> PaymentMethod:
    """Save a method for a customer."""
    customer = customers.find(turn, params.needed("customer"), param="customer")
    params.finish()
    return methods.save(turn, method_id, customer.id)


def detach(turn: Turn, params: Params, method_id: str) -> PaymentMethod:
    """Take a method from its customer for good."""
    params.finish()
    return methods.detach(turn, turn.store.find(PaymentMethod, method_id))


def _page(turn: Turn, params: Params, customer_id: str, *, url: str) -> Data:
    params.choice("type", ("card",))  # there are no others
    return page(turn, PaymentMethod, params, url=url, where={methods.OWNED: customer_id})
