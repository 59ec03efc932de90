"""Bulk Read (§5): a job is ordered, runs by itself, and leaves a zip with one CSV.

Choices where the facts are silent (I)
    Columns come in the order asked for, after `Id`; rows come newest id first, and nothing promises it.
    A page token goes on below the last id of its page, a page number counts rows; each page is a snapshot of its own.
    With a page token, any other key in `query` is TOKEN_BOUND_DATA_MISMATCH.
    Text compares in any letter case. What is empty is unequal to every value, and in no list.
    A boolean that nobody ticked is false; a value that a field cannot have, because it was planted, counts as empty.
    Several values in one cell are joined by semicolons, tags by their names.
    What UTF-8 cannot carry in a planted value is a question mark in the file.
    The result of a job that is not completed is 404 RESOURCE_NOT_FOUND; one that is can be had until a reset.
    The minute of the downloads begins with the first of them, and the organisation has one for all its users.

Refuses, with Zoho's own codes
    callback (NOT_SUPPORTED_FEATURE), file type ics (JOB_NOT_SUPPORTED: Zoho has it for Events only), cvid
    (CVID_NOT_SUPPORTED), fields of other modules by a dot (FIELD_NOT_SUPPORTED).

Jobs live in the server's memory, their files on its disk, without a name.
"""
