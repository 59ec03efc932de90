"""What the cron endpoint answers, as an OpenAPI document: `make docs` writes docs/cron-openapi.json."""

import json
from typing import Any

from deployments.cron.answers import PAUSED, RUNNING
from deployments.syncs import SYNCS, Sync
from systems.report_link import PATH

Json = dict[str, Any]

TIME: Json = {"type": "string", "format": "date-time"}
TEXT: Json = {"type": "string"}
WHICH = {"name": "flow", "in": "query", "required": False, "schema": {"enum": sorted(SYNCS)}}
LINK = [{"name": name, "in": "query", "required": False, "schema": TEXT} for name in ("until", "signature")]
RETRY = {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1}}}


def document() -> Json:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "leadsync's cron endpoint", "version": "1"},
        "paths": {
            **{f"/api/cron/{sync.source}-sync": _trigger(sync) for sync in SYNCS.values()},
            PATH: _read(_report(), LINK, secured=True),
            "/healthz": _read(_health(), [WHICH]),
            "/livez": _read({"200": _answer("this process answers", _alive())}, []),
        },
        "components": {
            "schemas": {"Error": _object({"error": TEXT})},
            "securitySchemes": {"secret": {"type": "http", "scheme": "bearer"}},
        },
    }


def _trigger(sync: Sync) -> Json:
    responses = {
        "200": _answer("a run was started, or none was to be", {"oneOf": [_started(sync), _skipped()]}),
        "401": _refusal("no secret, or a wrong one"),
        "429": _refusal("too many calls", RETRY),
        "500": _refusal("Prefect refuses, or leadsync is not deployed there"),
        "503": _refusal("Prefect does not answer", RETRY),
    }
    named = {"get": f"start-{sync.source}-by-get", "post": f"start-{sync.source}"}
    return {
        method: {"operationId": name, "security": [{"secret": []}], "responses": responses}
        for method, name in named.items()
    }


def _read(responses: Json, parameters: list[Json], *, secured: bool = False) -> Json:
    """GET alone: HEAD answers the same without a body."""
    security: list[Json] = [{"secret": []}, {}] if secured else []
    return {"get": {"parameters": parameters, "security": security, "responses": responses}}


def _report() -> Json:
    page = {"content": {"text/html": {"schema": TEXT}}}
    return {
        "200": {"description": "the page", **page},
        "401": _refusal("neither the secret nor a link that holds"),
        "429": _refusal("too many calls", RETRY),
        "503": {"description": "the page without the backoffice, which does not answer", **page},
    }


def _health() -> Json:
    kept = _object({"fresh": {"type": "boolean"}}, more=True)
    flows = {"type": "object", "additionalProperties": kept}
    fresh = _object({**_alive()["properties"], "status": {"const": "fresh"}, "flows": flows})
    stale = _object({"error": TEXT, "status": {"const": "stale"}, "flows": flows})
    unknown = _object({"error": TEXT, "status": {"const": "unknown"}})
    return {
        "200": _answer("both flows are fresh", fresh),
        "400": _refusal("no such flow"),
        "503": _answer("a flow is stale, or nobody knows", {"oneOf": [stale, unknown]}, RETRY),
    }


def _started(sync: Sync) -> Json:
    more = {"message": {"const": f"{sync.flow} started"}, "sync_type": {"const": sync.source.value}}
    run = {"flow_run_id": {"type": "string", "format": "uuid"}, "flow_run_url": {"type": ["string", "null"]}}
    return _object({**_alive()["properties"], **more, **run})


def _skipped() -> Json:
    return _object({"success": {"const": True}, "skipped": {"const": True}, "reason": {"enum": [PAUSED, RUNNING]}})


def _alive() -> Json:
    return _object({"success": {"const": True}, "timestamp": TIME})


def _object(properties: Json, *, more: bool = False) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": more}


def _answer(description: str, schema: Json, headers: Json | None = None) -> Json:
    told = {"description": description, "content": {"application/json": {"schema": schema}}}
    return {**told, "headers": headers} if headers else told


def _refusal(description: str, headers: Json | None = None) -> Json:
    return _answer(description, {"$ref": "#/components/schemas/Error"}, headers)


if __name__ == "__main__":
    print(json.dumps(document(), indent=1))  # noqa: T201 - a page that is made from code
