"""The client of the portal's lead API: one submission, and what its answer means."""

import json

import httpx
import pytest
from pydantic import SecretStr

from systems.errors import ContractBroken, LeadsyncError, Misconfigured, Unavailable
from systems.lead_api import LeadApi
from systems.settings import Tunables, VerifySettings

URL = "https://portal.example/api/leads"


def create(answer: httpx.Response | Exception) -> list[httpx.Request]:
    """Submits a lead to a portal that has this answer; gives what it was asked."""
    requests: list[httpx.Request] = []

    def portal(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    settings = VerifySettings(
        lead_api_url=URL, email=SecretStr("ops@company.example"), phone=SecretStr("+356 7912 3456")
    )
    with LeadApi(settings, tunables=Tunables(), transport=httpx.MockTransport(portal)) as api:
        api.create({"name": "Leadsync Test 1"})
    return requests


@pytest.mark.parametrize("body", [{"success": True, "zohoLeadId": "1"}, {"lead": {}}])
@pytest.mark.parametrize("status", [200, 201])
def test_a_submission_is_posted_once_as_json(status: int, body: dict[str, object]) -> None:
    (request,) = create(httpx.Response(status, json=body))
    assert (request.method, str(request.url)) == ("POST", URL)
    assert json.loads(request.content) == {"name": "Leadsync Test 1"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(200, json={"success": False, "error": "secret"}), ContractBroken),
        (httpx.Response(400, json={"error": "secret"}), ContractBroken),
        (httpx.Response(429), ContractBroken),
        (httpx.Response(500, text="secret"), Unavailable),
        (httpx.Response(404, text="secret"), Misconfigured),
        (httpx.Response(405), Misconfigured),
        (httpx.Response(308, headers={"Location": "https://secret.example"}), Misconfigured),
        (httpx.Response(200, html="<h1>secret</h1>"), Misconfigured),
        (httpx.ReadTimeout("secret"), Unavailable),
    ],
)
def test_any_other_answer_is_an_error_that_quotes_nothing(
    answer: httpx.Response | Exception, kind: type[LeadsyncError]
) -> None:
    with pytest.raises(kind) as caught:
        create(answer)
    assert caught.value.system == "Portal"
    assert "secret" not in str(caught.value)
