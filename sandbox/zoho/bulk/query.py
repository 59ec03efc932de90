"""What a job asks for: the body of POST read, checked (§5)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from sandbox.zoho.bulk.criteria import read_criteria
from sandbox.zoho.catalog import Catalog
from sandbox.zoho.conditions import EVERYTHING, Condition
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.metadata import LEADS
from sandbox.zoho.render import DOLLARS

MODULE = "Leads"
_NEVER = ("Notes", "Attachments", "Emails")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Module(_Strict):
    api_name: str


class _Query(_Strict):
    module: _Module | None = None
    fields: list[str] | None = None
    criteria: dict[str, Any] | None = None
    page: int | None = Field(None, ge=1)
    page_token: str | None = None
    cvid: str | None = None


class _Body(_Strict):
    query: _Query
    file_type: Literal["csv", "ics"] = "csv"
    callback: dict[str, Any] | None = None


@dataclass(frozen=True)
class Query:
    """A valid order for one page.

    Attributes:
        page: Its number, for the replies.
        skip: How many rows lie before it.
        before: Only ids below this one are of it.
        fields: API names of the columns beside `Id`; None for all there are.
        criteria: As they were sent.
        condition: The same for the database.
    """

    page: int
    skip: int
    before: int
    fields: tuple[str, ...] | None
    criteria: Mapping[str, Any] | None
    condition: Condition

    def go_on(self, before: int) -> Self:
        """The page after this one, which ended above an id."""
        return replace(self, page=self.page + 1, skip=0, before=before)

    def report(self) -> dict[str, object]:
        """The query as the job's replies tell it."""
        told: dict[str, object] = {"module": {"id": LEADS["id"], "api_name": MODULE}, "page": self.page}
        if self.fields is not None:
            told["fields"] = list(self.fields)
        return {**told, "criteria": self.criteria} if self.criteria else told


async def read_body(request: Request) -> _Query:
    """The query of a request, as far as it can be checked without knowing the organisation.

    Raises:
        ZohoError: MEDIA_TYPE_NOT_SUPPORTED, or that of what is not understood or not offered.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ZohoError(415, "MEDIA_TYPE_NOT_SUPPORTED", "Media type is not supported.")
    raw = await request.body()
    if not raw.strip():
        raise _refusal("REQUEST_BODY_IS_EMPTY")
    try:
        body = _Body.model_validate(json.loads(raw))
    except ValidationError:
        raise _refusal("REQUEST_BODY_NOT_SUPPORTED") from None
    except ValueError:
        raise _refusal("REQUEST_BODY_NOT_READABLE") from None
    if body.callback is not None:
        raise _refusal("NOT_SUPPORTED_FEATURE", feature="callback")
    if body.file_type == "ics":
        raise _refusal("JOB_NOT_SUPPORTED", file_type=body.file_type)
    return body.query


def check(asked: _Query, catalog: Catalog, *, rows: int, pages: int) -> Query:
    """A query without a page token, made ready.

    Args:
        asked: What came.
        catalog: The organisation's fields.
        rows: Rows of a page.
        pages: The last page that has a number.

    Raises:
        ZohoError: what Zoho says of the part that is wrong.
    """
    if asked.module is None:
        raise _refusal("REQUEST_BODY_NOT_SUPPORTED")
    if asked.module.api_name != MODULE:
        known = asked.module.api_name in _NEVER
        raise _refusal("MODULE_NOT_SUPPORTED" if known else "MODULE_NOT_AVAILABLE", api_name=asked.module.api_name)
    if asked.cvid is not None:
        raise _refusal("CVID_NOT_SUPPORTED")
    page = asked.page or 1
    if page > pages:
        raise _refusal("PAGE_RANGE_EXCEEDED", max_limit=pages)
    return Query(
        page=page,
        skip=(page - 1) * rows,
        before=2**63 - 1,
        fields=_check_fields(asked.fields, catalog) if asked.fields else None,
        criteria=asked.criteria,
        condition=read_criteria(asked.criteria, catalog) if asked.criteria else EVERYTHING,
    )


def _check_fields(names: list[str], catalog: Catalog) -> tuple[str, ...]:
    for name in names:
        if "." in name or name in catalog.single_only:
            raise _refusal("FIELD_NOT_SUPPORTED", api_name=name, module=MODULE)
        if name not in catalog and name not in DOLLARS:
            raise _refusal("FIELD_NOT_AVAILABLE", api_name=name, module=MODULE)
    return tuple(dict.fromkeys(name for name in names if name != "id"))


def _refusal(code: str, **details: object) -> ZohoError:
    return ZohoError(400, code, code.replace("_", " ").capitalize(), details)
