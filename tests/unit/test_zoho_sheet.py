import io
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest

from systems.errors import Unavailable
from systems.zoho_lookups import Lookups
from systems.zoho_sheet import check, rows

TYPES = {
    "Last_Name": "text",
    "Email_Opt_Out": "boolean",
    "Panel_Count": "integer",
    "Quote_Amount": "currency",
    "Campaign_Source": "lookup",
}


def zipped(text: str, name: str = "640.csv") -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return file


def test_a_row_reads_as_get_records_would_have_given_it() -> None:
    head = "Id,Last_Name,Email_Opt_Out,Panel_Count,Quote_Amount,Campaign_Source,Description"
    file = zipped(f'\ufeff{head}\r\n12,"Ħili, ""Ġ""",true,12,9000.5,77,"two\nlines"\r\n13,Borg,false,,,,\r\n')
    assert list(rows(file, TYPES)) == [
        {
            "id": "12",
            "Last_Name": 'Ħili, "Ġ"',
            "Email_Opt_Out": True,
            "Panel_Count": 12,
            "Quote_Amount": 9000.5,
            "Campaign_Source": {"id": "77"},
            "Description": "two\nlines",
        },
        {"id": "13", "Last_Name": "Borg", "Email_Opt_Out": False}
        | dict.fromkeys(("Panel_Count", "Quote_Amount", "Campaign_Source", "Description")),
    ]


def test_what_is_no_value_of_its_type_stays_text() -> None:
    file = zipped(f"Id,Email_Opt_Out,Panel_Count,Quote_Amount\n1,perhaps,many,a lot\n2,,{'9' * 30},nan\n")
    first, second = rows(file, TYPES)
    assert first == {"id": "1", "Email_Opt_Out": "perhaps", "Panel_Count": "many", "Quote_Amount": "a lot"}
    assert (second["Panel_Count"], second["Quote_Amount"]) == ("9" * 30, "nan")


def test_an_export_of_nothing_has_no_rows() -> None:
    assert list(rows(zipped("Id,Last_Name\n"), TYPES)) == []
    assert list(rows(zipped(""), TYPES)) == []


def test_a_cell_may_be_longer_than_python_expects() -> None:
    (record,) = rows(zipped(f"Id,Description\n1,{'x' * 200_000}\n"), TYPES)
    assert len(str(record["Description"])) == 200_000


@pytest.mark.parametrize("damage", [lambda whole: whole[:-30], lambda whole: b"<html>" + whole[60:], lambda _: b""])
def test_a_damaged_file_is_noticed_before_it_is_read(damage: Any) -> None:  # noqa: ANN401 - a function of bytes
    whole = zipped("Id\n" + "\n".join(str(n) for n in range(1000))).getvalue()
    check(io.BytesIO(whole))
    with pytest.raises(Unavailable, match="damaged"):
        check(io.BytesIO(damage(whole)))


class Witness:
    """Leads by id, as Zoho would give them; notes what is asked."""

    def __init__(self, *gone: str) -> None:
        self.gone = gone
        self.asked: list[list[str]] = []

    def leads_by_id(self, ids: Sequence[str], fields: Sequence[str]) -> tuple[Any, ...]:
        assert list(fields) == ["Campaign_Source"]
        self.asked.append(list(ids))
        there = (lead for lead in ids if lead not in self.gone)
        return tuple(
            {"id": i, "Campaign_Source": {"id": f"7{int(i) % 2}", "name": f"Fair {int(i) % 2}"}} for i in there
        )


def lookups(witness: Witness) -> Lookups:
    return Lookups(witness, fields=("Last_Name", "Campaign_Source"), types=TYPES)  # type: ignore[arg-type]


def exported(*ids: int) -> list[dict[str, Any]]:
    return [{"id": str(i), "Campaign_Source": {"id": f"7{i % 2}"}} for i in ids]


def test_each_looked_up_record_is_named_by_one_question() -> None:
    witness = Witness()
    named = lookups(witness)
    batch, later = exported(1, 2, 3, 4, 5), exported(6, 7)
    named.name(batch)
    named.name(later)
    assert [record["Campaign_Source"]["name"] for record in batch + later] == [f"Fair {n % 2}" for n in range(1, 8)]
    assert witness.asked == [["1", "3", "2", "4"]]


def test_a_lead_that_is_gone_names_nothing_and_another_one_does() -> None:
    batch = exported(1, 3)
    lookups(Witness("1")).name(batch)
    assert {record["Campaign_Source"]["name"] for record in batch} == {"Fair 1"}
    lonely = exported(1)
    lookups(Witness("1")).name(lonely)
    assert lonely == exported(1)


def test_fields_that_look_nothing_up_cost_no_question() -> None:
    witness = Witness()
    Lookups(witness, fields=("Last_Name",), types=TYPES).name([{"id": "1", "Last_Name": "Borg"}])  # type: ignore[arg-type]
    assert witness.asked == []
