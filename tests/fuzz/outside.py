"""What comes from outside and is not what was agreed: bytes, JSON, texts, and answers made of them."""

import json

import httpx
from hypothesis import strategies as st

from tests.unit.leads.strategies import json_values, odd_text

DEEP = 100_000

texts = st.text(max_size=60) | odd_text
raw = st.binary(max_size=200)
nested = st.sampled_from([b"[" * DEEP, b'{"a":' * DEEP, b"[" * DEEP + b"]" * DEEP])
headers = st.dictionaries(
    st.sampled_from(["Retry-After", "Date", "Content-Type", "X-API-CREDITS-REMAINING", "Content-Range"]),
    st.sampled_from(
        [
            *("", "-1", "9" * 400, "1e9", "NaN", "soon", "Sat, 24 Oct 99999999999 10:00:00 GMT", "*/*", "0-199/*"),
            *("Fri, 31 Feb 2026 25:61:61 +9999", "application/json", "text/html", "Ħ"),
        ]
    ),
    max_size=3,
)
statuses = st.sampled_from([200, 201, 204, 206, 301, 304, 400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 520, 599])


def dumped(value: object) -> bytes:
    """JSON as Python writes it, lone surrogates and NaN included."""
    return json.dumps(value).encode("utf-8", "surrogatepass")


def bent(template: object) -> st.SearchStrategy[object]:
    """The agreed form with any of its parts replaced by something else, missing, or doubled."""
    if isinstance(template, dict):
        parts = st.fixed_dictionaries({}, optional={name: bent(part) for name, part in template.items()})
        return parts | json_values
    if isinstance(template, list):
        return st.lists(st.one_of([bent(part) for part in template or [None]]), max_size=3) | json_values
    return st.just(template) | json_values


def answers(*templates: object) -> st.SearchStrategy[httpx.Response]:
    """An HTTP answer with a body of one of the forms, bent or not, or of bytes that are nothing at all."""
    bodies = st.one_of([bent(template).map(dumped) for template in templates]) | raw | nested
    return st.builds(
        lambda status, head, body: httpx.Response(
            status, headers=[(k, v.encode()) for k, v in head.items()], content=body
        ),
        statuses,
        headers,
        bodies,
    )
