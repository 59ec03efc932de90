"""The fields of the Leads module: Zoho's own (§8) and the company's (facts on the domain, §2.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Self

DataType = Literal[
    "bigint", "text", "textarea", "email", "phone", "website", "picklist", "boolean", "integer", "double", "currency",
    "date", "datetime", "lookup", "ownerlookup", "profileimage", "jsonarray", "layout",
    "percent", "richtext", "multiselectpicklist", "autonumber", "formula", "rollup_summary", "subform", "fileupload",
]  # fmt: skip

DEFAULT_LENGTHS: dict[str, int] = {
    "bigint": 18, "text": 255, "textarea": 2_000, "email": 100, "phone": 30, "website": 255, "picklist": 120,
    "integer": 9, "double": 16, "currency": 16, "profileimage": 255, "jsonarray": 2_000,
    "datetime": 120, "ownerlookup": 120,
    "percent": 5, "richtext": 50_000, "multiselectpicklist": 120, "autonumber": 50, "formula": 16,
}  # fmt: skip
_COMPUTED = frozenset({"autonumber", "formula", "rollup_summary", "subform", "fileupload"})


@dataclass(frozen=True)
class Field:
    """One field of Leads; `length` is in characters, or in digits for numbers.

    Attributes:
        days_since: The field whose age in days this one tells: a formula, whose value changes and no Modified_Time.
    """

    api_name: str
    data_type: DataType
    length: int
    custom: bool = False
    mandatory: bool = False
    read_only: bool = False
    picks: tuple[str, ...] = ()
    since_v3: bool = False
    days_since: str | None = None

    @classmethod
    def added(cls, api_name: str, data_type: DataType, length: int | None, days_since: str | None) -> Self:
        """A field that an organisation has added; what Zoho computes itself cannot be written."""
        size = DEFAULT_LENGTHS.get(data_type, 0) if length is None else length
        return cls(api_name, data_type, size, custom=True, read_only=data_type in _COMPUTED, days_since=days_since)


def _fields(
    data_type: DataType,
    names: str,
    length: int | None = None,
    *,
    custom: bool = False,
    mandatory: bool = False,
    read_only: bool = False,
    since_v3: bool = False,
) -> tuple[Field, ...]:
    size = DEFAULT_LENGTHS.get(data_type, 0) if length is None else length
    return tuple(
        Field(name, data_type, size, custom, mandatory, read_only, since_v3=since_v3) for name in names.split()
    )


def _picks(
    names: str, values: str, length: int = 120, *, custom: bool = False, read_only: bool = False
) -> tuple[Field, ...]:
    picks = ("-None-", *(value.strip() for value in values.split(",")))
    return tuple(
        Field(name, "picklist", length, custom=custom, read_only=read_only, picks=picks) for name in names.split()
    )


_STANDARD = (
    *_fields("bigint", "id", read_only=True),
    *_fields("text", "Last_Name", 80, mandatory=True),
    *_fields("text", "First_Name", 40),
    *_fields("text", "Full_Name", 120, read_only=True),
    *_fields("text", "Company", 200),
    *_fields("text", "Designation City State Country", 100),
    *_fields("text", "Street", 250),
    *_fields("text", "Zip_Code Fax", 30),
    *_fields("text", "Skype_ID Twitter", 50),
    *_fields("email", "Email Secondary_Email"),
    *_fields("phone", "Phone Mobile"),
    *_fields("website", "Website"),
    *_picks("Salutation", "Mr., Mrs., Ms., Dr., Prof.", 25),
    *_picks(
        "Lead_Source",
        "Advertisement, Cold Call, Employee Referral, External Referral, Facebook, Partner, Sales Portal, Trade Show,"
        " Web Download, Web Research, Chat",
    ),
    *_picks(
        "Lead_Status",
        "New, Attempted to Contact, Contact in Future, Contacted, Hot - Qualified, Junk Lead, Lost Lead, Not Contacted,"
        " Pre-Qualified, Not Qualified",
    ),
    *_picks("Industry", "ERP, Real Estate, Storage Equipment"),
    *_picks("Rating", "Acquired, Active, Market Failed, Project Cancelled, Shut Down"),
    *_fields("integer", "No_of_Employees"),
    *_fields("currency", "Annual_Revenue"),
    *_fields("textarea", "Description", 32_000),
    *_fields("boolean", "Email_Opt_Out"),
    *_picks("Unsubscribed_Mode", "Consent form, Manual, Unsubscribe link, Zoho campaigns", read_only=True),
    *_picks("Record_Status__s", "Available, Draft, Trash", read_only=True),
    *_fields("picklist", "Enrich_Status__s Data_Source", read_only=True),
    *_fields("datetime", "Unsubscribed_Time Created_Time Modified_Time Last_Activity_Time", read_only=True),
    *_fields("datetime", "Last_Enriched_Time__s", read_only=True),
    *_fields("ownerlookup", "Owner"),
    *_fields("ownerlookup", "Created_By Modified_By", read_only=True),
    *_fields("jsonarray", "Tag"),
    *_fields("layout", "Layout"),
    *_fields("profileimage", "Record_Image", read_only=True),
    *_fields("boolean", "Converted__s Locked__s", read_only=True),
    *_fields("datetime", "Converted_Date_Time Change_Log_Time__s", read_only=True),
    *_fields("integer", "Lead_Conversion_Time", read_only=True),
    *_fields("lookup", "Converted_Account Converted_Contact Converted_Deal", read_only=True, since_v3=True),
)

_COMPANY = (
    *_fields("website", "Google_Maps_URL Quote_PDF_URL", custom=True),
    *_fields("textarea", "Google_Maps_Link", 500, custom=True),
    *_fields("textarea", "Bill_Images_URL", custom=True),
    *_fields("text", "Install_Coordinates Portal_Source Household_Size Recommended_Package", custom=True),
    *_fields("text", "Panel_Brand Panel_Model Inverter_Brand Inverter_Model Battery_Brand Battery_Model", custom=True),
    *_fields("text", "UTM_Medium", 100, custom=True),
    *_fields("text", "UTM_Content", custom=True),
    *_fields("double", "System_Size Battery_Size Monthly_Consumption_kWh Available_Area_sqm", custom=True),
    *_fields(
        "currency",
        "Quote_Amount Deposit_Amount Remaining_Payment_Amount Annual_Savings Monthly_Bill Grant_Amount_EUR"
        " Monthly_Payment_EUR",
        custom=True,
    ),
    *_fields("integer", "Loan_Term Panel_Count Panel_Wattage Portal_Lead_Score Portal_Quality_Score", custom=True),
    *_fields(
        "boolean",
        "Deposit_Paid Remaining_Payment_Paid Emergency_Backup_Included With_Battery Grant_Path",
        custom=True,
    ),
    *_fields("date", "Deposit_Paid_Date", custom=True),
    *_fields("datetime", "First_Contact_Date Last_Contact_Date Converted_Date", custom=True),
    *_fields("lookup", "Campaign_Source", custom=True),
    *_picks("Payment_Method", "cash, loan", custom=True),
    *_picks("Payment_Structure", "2-part, full, financing", custom=True),
    *_picks("Grant_Type", "pv_only, pv_battery, battery_only, battery_retrofit, none", custom=True),
    *_picks("Social_Provider", "facebook, google", custom=True),
)


class Catalog:
    """The fields that this organisation has.

    Attributes:
        fields: By API name.
        restricted: Names whose values the API does not tell.
    """

    def __init__(
        self,
        *,
        missing: Iterable[str] = (),
        extra: Iterable[Field] = (),
        restricted: Iterable[str] = (),
        version: str = "v8",
    ) -> None:
        """Add the `extra` ones and leave out the `missing` names, and what this version of the API does not know."""
        gone, old = frozenset(missing), version.startswith("v2")
        self.restricted = frozenset(restricted)
        self.fields: dict[str, Field] = {
            field.api_name: field
            for field in (*_STANDARD, *_COMPANY, *extra)
            if field.api_name not in gone and not (old and field.since_v3)
        }

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def writable(self, name: str) -> Field | None:
        """The field if a write may set it."""
        field = self.fields.get(name)
        return field if field and not field.read_only else None

    @property
    def mandatory(self) -> tuple[str, ...]:
        """The names that no record may lack."""
        return tuple(name for name, field in self.fields.items() if field.mandatory)

    @cached_property
    def checkboxes(self) -> frozenset[str]:
        """The names that say false where nothing was said."""
        return self._of("boolean")

    @cached_property
    def datetimes(self) -> frozenset[str]:
        """The names whose values are moments, told in the user's zone."""
        return self._of("datetime")

    @cached_property
    def rich_texts(self) -> frozenset[str]:
        """The names whose values lists cut off."""
        return self._of("richtext")

    @cached_property
    def single_only(self) -> frozenset[str]:
        """The names that only the reading of a single record tells."""
        return self._of("subform")

    @cached_property
    def ages(self) -> dict[str, str]:
        """The names of formulas, with that of the field whose age they tell."""
        return {name: field.days_since for name, field in self.fields.items() if field.days_since}

    def _of(self, data_type: DataType) -> frozenset[str]:
        return frozenset(name for name, field in self.fields.items() if field.data_type == data_type)
