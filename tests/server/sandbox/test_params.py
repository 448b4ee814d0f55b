"""Params: forms are read strictly and round trip."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sandbox.errors import ApiError
from server.sandbox.params import Params, decode
from tests.server.sandbox.merchant import Merchant

NAMES = st.text("abcdefgh_", min_size=1, max_size=6)
#: Characters that are special in a form; all of Unicode would take two seconds to set up.
LETTERS = "aZ0 &=+%[]#;\n\0\u00e4\u20ac\u202e\U0001f600"
TEXTS = st.text(LETTERS, min_size=1)
NESTED = st.recursive(TEXTS, lambda below: st.dictionaries(NAMES, below, min_size=1), max_leaves=8)


def flat(value: str | dict[str, Any], name: str) -> list[tuple[str, str]]:
    """Flatten a nested value as Stripe's clients do."""
    if isinstance(value, str):
        return [(name, value)]
    return [pair for key, below in value.items() for pair in flat(below, f"{name}[{key}]")]


@given(form=st.dictionaries(NAMES, NESTED, max_size=4))
def test_forms_round_trip(form: dict[str, Any]) -> None:
    pairs = [pair for key, value in form.items() for pair in flat(value, key)]
    if max((name.count("[") for name, _ in pairs), default=0) < 8:
        assert decode(urlencode(pairs)) == form


@given(form=st.text(LETTERS))
def test_a_malformed_form_is_refused_with_400(form: str) -> None:
    try:
        decode(form)
    except ApiError as refused:
        assert refused.status == 400  # noqa: PT017  a property: most forms are fine


@given(metadata=st.dictionaries(NAMES, TEXTS.map(lambda text: text[:500]), max_size=5))
def test_metadata_round_trips(metadata: dict[str, str]) -> None:
    merchant = Merchant()
    intent = merchant.stripe.payment_intents.create(
        {"amount": 500, "currency": "eur", "metadata": metadata}
    )
    again = merchant.stripe.payment_intents.retrieve(intent.id)
    assert again.metadata.to_dict() == metadata
    merchant.sandbox.close()


def test_lists_keep_their_order_beyond_nine_items() -> None:
    form = "&".join(f"a[{index}][n]={index}" for index in reversed(range(12)))
    assert [item.text("n") for item in Params(decode(form)).groups("a")] == [
        str(index) for index in range(12)
    ]


def test_empty_brackets_append() -> None:
    assert Params(decode("a[]=x&a[]=y")).texts("a") == ("x", "y")


@pytest.mark.parametrize("form", ["a=1&a=2", "a=1&a[b]=2", "a[=1", "[a]=1", "a" + "[b]" * 9 + "=1"])
def test_an_ambiguous_or_malformed_form_is_refused(form: str) -> None:
    with pytest.raises(ApiError):
        decode(form)


@pytest.mark.parametrize(
    ("form", "param"),
    [("a[x]=1&a[y]=2", "a[y]"), ("b=1&a[x]=1", "b"), ("a[x]=1&c[d][e]=1", "c")],
)
def test_an_unknown_parameter_is_refused_with_its_full_name(form: str, param: str) -> None:
    params = Params(decode(form))
    params.group("a").text("x")
    with pytest.raises(ApiError) as raised:
        params.reject_unknown()
    assert raised.value.error["param"] == param
    assert raised.value.error["code"] == "parameter_unknown"


@pytest.mark.parametrize("text", ["1e3", "1.0", "NaN", "0x10", "+1", "９", "1" * 17])  # noqa: RUF001
def test_an_integer_has_only_ascii_digits(text: str) -> None:
    with pytest.raises(ApiError) as raised:
        Params({"n": text}).integer("n")
    assert raised.value.error["code"] == "parameter_invalid_integer"
