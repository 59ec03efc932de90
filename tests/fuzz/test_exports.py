"""Whatever a download of an export is: rows, or one sentence; never more memory or time than a real one wants."""

import io
import zipfile
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.batch import read
from leads.sources import Source
from systems.errors import LeadsyncError, Unavailable
from systems.zoho_sheet import check, rows
from tests.fuzz.effort import fuzz
from tests.fuzz.outside import raw, texts
from tests.unit.leads.model import COLUMNS

TYPES = {"Email_Opt_Out": "boolean", "Panel_Count": "integer", "Quote_Amount": "currency", "Campaign_Source": "lookup"}
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
WHOLE = "Id,Last_Name,Email_Opt_Out,Panel_Count,Quote_Amount,Campaign_Source\n12,Ħili,true,12,9000.5,77\n13,Borg,,,,\n"

cells = texts | st.sampled_from(['"', '""', "\x00", "true", "9" * 30, "1e999", "=1+1", "\r", "ħ" * 1000])
tables = st.lists(st.lists(cells, max_size=8).map(",".join), max_size=8).map("\n".join)
contents = tables.map(lambda text: text.encode("utf-8", "surrogatepass")) | raw
names = st.sampled_from(["640.csv", "../../etc/passwd", "/etc/passwd", "a/", "C:\\x.csv", "", "ħ.csv"])


def zipped(method: int, members: list[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for number, (name, content) in enumerate(members):
            archive.writestr(f"{number}{name}" if number else name or "x", content)
    return file.getvalue()


def taken(download: bytes) -> int:
    """How many records come out of it; 0 if it is refused in one sentence."""
    file = io.BytesIO(download)
    said = ""
    try:
        check(file)
        return len(read(Source.ZOHO, list(rows(file, TYPES)), COLUMNS).records)
    except LeadsyncError as error:
        said = str(error)
    assert "\n" not in said
    return 0


@fuzz
@given(st.sampled_from(METHODS), st.lists(st.tuples(names, contents), min_size=1, max_size=2))
def test_any_member_of_a_zip_gives_rows_or_one_sentence(method: int, members: list[tuple[str, bytes]]) -> None:
    taken(zipped(method, members))


@fuzz
@given(st.sampled_from(METHODS), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_zip_with_bent_bytes_gives_rows_or_one_sentence(method: int, bends: list[tuple[int, int]]) -> None:
    download = bytearray(zipped(method, [("640.csv", WHOLE.encode())]))
    for place, value in bends:
        download[place % len(download)] = value
    taken(bytes(download))


@fuzz
@given(raw)
def test_bytes_that_are_no_zip_are_refused(download: bytes) -> None:
    assert taken(download) == 0


def bomb(begin: bytes, more: bytes, megabytes: int = 16) -> bytes:
    """A small zip with a row that goes on and on."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("640.csv", "w", force_zip64=True) as member,
    ):
        member.write(b"Id,Last_Name\n12," + begin)
        for _ in range(megabytes):
            member.write(more * (1_000_000 // len(more)))
    return file.getvalue()


@pytest.mark.parametrize(
    ("begin", "more"),
    [(b"", b"x"), (b'"', b"x\n"), (b"", b","), (b"", b'"x\n",')],
    ids=["cell", "lines", "cells", "both"],
)
def test_a_row_that_never_ends_is_refused_before_it_fills_the_memory(begin: bytes, more: bytes) -> None:
    download, exhaust = io.BytesIO(bomb(begin, more)), deque[object](maxlen=0).extend
    check(download)
    with pytest.raises(Unavailable, match="damaged"):
        exhaust(rows(download, TYPES))


def test_an_export_that_says_to_be_larger_than_any_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("systems.zoho_sheet.LARGEST", 1000)
    with pytest.raises(Unavailable, match="damaged"):
        check(io.BytesIO(zipped(zipfile.ZIP_DEFLATED, [("640.csv", b"x" * 1001)])))
