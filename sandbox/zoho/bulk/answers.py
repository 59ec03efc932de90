"""The three calls of Bulk Read (§5)."""

from starlette.responses import Response, StreamingResponse

from sandbox.zoho.bulk.extract import Extract
from sandbox.zoho.bulk.jobs import FAILURE, STATES, Job
from sandbox.zoho.bulk.query import Query, check, read_body
from sandbox.zoho.bulk.sheet import Sheet
from sandbox.zoho.context import Call
from sandbox.zoho.database import row
from sandbox.zoho.errors import ZohoError, expired, foreign_token, invalid_param
from sandbox.zoho.reads import READ
from sandbox.zoho.render import PERSON
from sandbox.zoho.replies import reply

_BULK = ("bulk", "READ")
_TOKEN = "page_token"
_FAILED = ZohoError(500, "INTERNAL_SERVER_ERROR", "The job could not be done")


async def order_job(call: Call) -> Response:
    """POST read."""
    _check_scopes(call)
    limits, now = call.settings.limits, call.settings.clock.now()
    query = await _query(call)
    async with call.world.pool.connection() as connection:
        made = await row(connection, "next_id")
    job = Job(
        id=str(made["nextval"]) if made else "",
        user=call.caller.user,
        query=query,
        sheet=Sheet(call.renderer, query.fields),
        rows=limits.bulk_rows,
        pace=call.settings.pace.model_copy(),
        created=now,
    )
    call.world.jobs.add(job)
    details = {"id": job.id, "operation": "read", "state": STATES[0], **_origin(call, job)}
    item = {"status": "success", "code": "ADDED_SUCCESSFULLY", "message": "Added successfully.", "details": details}
    return reply({"data": [item], "info": {}}, 201)


async def _query(call: Call) -> Query:
    asked, limits = await read_body(call.request), call.settings.limits
    if asked.page_token is None or call.is_old:
        return check(asked, call.catalog, rows=limits.bulk_rows, pages=limits.bulk_pages)
    job = call.world.jobs.by_token(asked.page_token)
    if job is None or job.expires_at is None or job.user != call.caller.user:
        raise invalid_param(_TOKEN)
    if job.expires_at <= call.settings.clock.now():
        raise expired(_TOKEN)
    if asked.model_fields_set != {_TOKEN}:
        raise foreign_token(_TOKEN)
    found = await job.result(call.settings.clock.now())
    if found is None or found.last_id is None:
        raise invalid_param(_TOKEN)
    return job.query.go_on(found.last_id)


async def tell_job(call: Call) -> Response:
    """GET read/{id}: each state is told as often, and lasts as long, as the pace of that day says."""
    _check_scopes(call)
    job, now = _job(call), call.settings.clock.now()
    found = await job.result(now)
    told = {
        "id": job.id,
        "operation": "read",
        "state": job.state(now, found),
        **_result(call, job, found),
        "query": job.query.report(),
        **_origin(call, job),
        "file_type": "csv",
    }
    job.told += 1
    return reply({"data": [told]})


def _result(call: Call, job: Job, found: Extract | None) -> dict[str, object]:
    if job.state(call.settings.clock.now(), found) == FAILURE:
        return {"result": {"error_message": _FAILED.body()}}
    if found is None and not call.settings.early_result:
        return {}
    more = found.more if found else True
    result: dict[str, object] = {
        "page": job.query.page,
        "per_page": job.rows,
        "count": found.count if found else job.rows,
        "download_url": f"/crm/bulk/{call.version}/read/{job.id}/result",
        "more_records": more,
    }
    return {"result": {**result, "next_page_token": job.next_token} if more and not call.is_old else result}


async def download_result(call: Call) -> Response:
    """GET read/{id}/result: the zip."""
    _check_scopes(call)
    now = call.settings.clock.now()
    call.world.jobs.count_download(now, most=call.settings.limits.downloads)
    job = _job(call)
    found = await job.result(now)
    if found is None:
        raise _no_resource(job.id)
    headers = {
        "content-length": str(found.size()),
        "content-disposition": f'attachment; filename="{job.id}.zip"',
    }
    return StreamingResponse(found.chunks(), headers=headers, media_type="application/x-download")


def _check_scopes(call: Call) -> None:
    call.caller.require(*_BULK)
    call.caller.require(*READ)


def _job(call: Call) -> Job:
    asked: str = call.request.path_params["id"]
    job = call.world.jobs.by_id.get(asked)
    if job is None:
        raise _no_resource(asked)
    return job


def _no_resource(job_id: str) -> ZohoError:
    return ZohoError(404, "RESOURCE_NOT_FOUND", "The requested resource doesn't exist.", {"resource": job_id})


def _origin(call: Call, job: Job) -> dict[str, object]:
    person = {"id": PERSON["id"], "name": PERSON["name"]}
    return {"created_by": person, "created_time": call.settings.clock.tell(job.created)}
