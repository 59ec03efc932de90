"""A server that speaks Zoho CRM's documented v8 contract for the Leads module, EU data centre.

Section numbers are those of the facts file on Zoho; (I) marks where the documentation is silent and this server chose.

Covers
    §1 the token endpoint with its failures in HTTP 200, the throttle on minting, 15 live tokens, scopes.
    §2 Get Records, single records, page numbers and page tokens, `If-Modified-Since`, 304 and 204.
    §3 deleted records with their retention.
    §5 Bulk Read; its own choices are told in `sandbox.zoho.bulk`.
    §6 the error codes of all that, in both envelopes; credits and concurrency.
    §7 insert, update, upsert, delete and convert, with replies and errors per item.
    §8 the metadata of module and fields; the organisation and its one user.
    Paths of v3 to v8 answer alike; v2 and v2.1 need no `fields`, know no page token and no `Converted_*` lookups.

Refuses, with 404 INVALID_URL_PATTERN
    COQL (§4), Search and record count (§7), other modules, other versions.

Choices where the facts are silent (I)
    Unknown names in `fields` are not returned and unknown names in a write are ignored: no error is documented.
    `per_page` over 200, a malformed parameter and an `If-Modified-Since` that is not ISO 8601 with an offset and
    without a fraction: 400 INVALID_DATA with `param_name`.
    A page is a position, no snapshot: page numbers and page tokens count rows, so a record that is edited during a
    walk moves to the tail and the others shift by one. Ties of the sort order are in order of id.
    304 when no record at all is as new as `If-Modified-Since`, 204 when only this page is empty.
    Of several errors in one record the first is told. A picklist takes any text and '-None-' means null.
    Upsert looks at unconverted leads only; of several twins it updates the oldest. E-mails match in any letter case.
    A checkbox that nobody ticked is false, every other unset field null.
    An update of a converted lead is INVALID_DATA. Converting moves Modified_Time, unless the control says not.
    Deleted rows come newest first; a wall on their page numbers exists only if the control sets one.
    Every call with a living token costs its price, whatever the answer, but a 429 costs nothing. Deleting costs 1
    credit, and so do a poll and a download of Bulk Read.
    A converted lead answers 204 to a single read without `converted=true` (third-party observation, not Zoho's).

Leads and tokens live in the database; faults, jobs, clock, zone and the other settings live in the server's memory.
"""
