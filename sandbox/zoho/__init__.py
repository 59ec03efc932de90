"""A server that speaks Zoho CRM's documented v8 contract for the Leads module, EU data centre.

Section numbers are those of the facts file on Zoho; (I) marks where the documentation is silent and this server chose.
What is known to differ from day to day, or not known at all, is settable: see `settings.Settings`.

Covers
    §0 a data centre: it names its `api_domain`, and may play one that knows nobody's tokens.
    §1 the token endpoint with its failures in HTTP 200, the throttle on minting, 15 live tokens, 20 refresh tokens,
       scopes.
    §2 Get Records, single records, page numbers and page tokens, `If-Modified-Since`, 304 and 204.
    §3 deleted records with their retention.
    §5 Bulk Read; its own choices are told in `sandbox.zoho.bulk`.
    §6 the error codes of all that, in three envelopes; credits and concurrency. Codes that no call brings about come
       on order: see `refusals`.
    §7 insert, update, upsert, delete and convert, with replies and errors per item; Search and the record count.
    §8 the metadata of module and fields, and fields that an organisation adds, formulas among them; the organisation
       and its one user.
    Paths of v3 to v8 answer alike; v2 and v2.1 need no `fields`, know no page token and no `Converted_*` lookups.

Refuses
    COQL (§4) and notifications (§7): 404 INVALID_URL_PATTERN. Other modules: INVALID_MODULE. Other versions:
    API_NOT_SUPPORTED. Grant codes: `unsupported_grant_type`. Custom views: INVALID_DATA.

Choices where the facts are silent (I)
    Unknown names in `fields` are not returned and unknown names in a write are ignored: no error is documented.
    Unknown parameters are ignored, but a page token is bound to them, too, and to the version.
    `per_page` over 200, a malformed parameter and an `If-Modified-Since` that is not ISO 8601 with an offset and
    without a fraction: 400 INVALID_DATA with `param_name`.
    A page is a position, no snapshot: page numbers and page tokens count rows, so a record that is edited during a
    walk moves to the tail and the others shift by one. Ties of the sort order are in order of id.
    304 when no record at all is as new as `If-Modified-Since`, 204 when only this page is empty.
    A picklist takes any text and '-None-' means null.
    Upsert looks at unconverted leads only; of several twins it updates the oldest. E-mails match in any letter case.
    A checkbox that nobody ticked is false, every other unset field null.
    An update of a converted lead is INVALID_DATA. Converting moves Modified_Time, unless the control says not.
    A lead whose `Locked__s` was planted as true is RECORD_LOCKED; no call locks one.
    Deleted rows come newest first; a wall on their page numbers exists only if the control sets one. Their
    `If-Modified-Since` means `deleted_time`. A converted lead is not among them.
    Every call with a living token costs its price, whatever the answer, but a 429 costs nothing. Deleting costs 1
    credit, and so do a poll and a download of Bulk Read. A call that costs more than is left is refused, a cheaper one
    is not. Places for concurrent calls are counted by client id.
    Search finds a record that has been left alone for `index_delay`; its `phone` and `email` match whole values, its
    `word` any part of a text; criteria without brackets around "and" and "or" bind as in SQL.
    The record count is of unconverted leads, as they were `count_lag` ago.
    A converted lead answers 204 to a single read without `converted=true` (third-party observation, not Zoho's).

Leads and tokens live in the database; faults, jobs, clock, zone and the other settings live in the server's memory.
"""
