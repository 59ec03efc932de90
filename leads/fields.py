"""The one table of fields: what a backoffice lead has, where each value comes from and who owns it.

Request field lists, parsing, merge rules, sample data and `docs/fields.md` derive from it. Types and traps of the
columns come from facts on the company's schemas; Zoho API names from the portal's own writes to Zoho.
"""

from dataclasses import dataclass
from enum import StrEnum

from leads import contacts, lifecycle, places, scalars
from leads.cleaning import Cleaner
from leads.sources import Source
from leads.values import Json


class Owner(StrEnum):
    """Who may write a column, and when."""

    IDENTITY = "identity"
    """Written once, where nothing stands."""
    EARLIEST = "earliest"
    """The earliest of what the sources say when they first meet the lead."""
    ZOHO = "zoho"
    """Both sources; where they differ, Zoho's word stands."""
    PORTAL = "portal"
    """Both sources; where they differ, the portal's word stands."""
    MEASURED = "measured"
    """Fills a gap; what was measured is never replaced."""
    FIRST = "first touch"
    """What a source says when it first meets the lead, Zoho before portal; later changes do not count."""
    STAFF = "staff"
    """As first touch: from then on it belongs to the staff."""
    STICKY = "sticky"
    """Only ever turns true."""
    FORWARD = "forward"
    """Only advances in rank."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One column of the backoffice's `leads`."""

    column: str
    clean: Cleaner
    """Turns a source's value into the canonical one, or into a silence, or refuses it with a reason."""
    owner: Owner
    zoho: tuple[str, ...] = ()
    """Zoho API names, the first that says something counts."""
    portal: tuple[str, ...] = ()
    """Portal columns, likewise."""
    silences: tuple[Json, ...] = ()
    """Values that only mean that nobody said anything: defaults of the column."""
    length: int | None = None
    """Most characters that the column holds; the live table's own limit counts where it is smaller."""
    required: str | None = None
    """What stands in a NOT NULL column when there is no value."""
    quoted: bool = False
    """Whether it is part of a quote, which travels as a whole (`leads.quote`)."""
    personal: bool = False
    """Whether it tells who somebody is, so that forgetting a person overwrites it."""
    note: str = ""
    """Why it is so, for `docs/fields.md`."""

    def names(self, source: Source) -> tuple[str, ...]:
        """The names that the value has in a source's record."""
        return self.zoho if source is Source.ZOHO else self.portal

    def is_gap(self, value: Json) -> bool:
        """Whether the backoffice's value says nothing: null, blank, or a default."""
        return value is None or value in self.silences or (isinstance(value, str) and not value.strip())

    @property
    def composed(self) -> bool:
        """Whether the value is made of several of a record's; its cleaner then knows a silence by itself."""
        return len(self.portal) > 1

    @property
    def may_be_cut(self) -> bool:
        """Whether a part of the value is still worth something: a text's is, an address's or number's is not."""
        return self.clean in (contacts.name, scalars.text, scalars.lookup_name, lifecycle.origin)

    def is_said(self, value: Json) -> bool:
        """Whether a source's canonical value says something."""
        return value is not None and (self.composed or value not in self.silences)

    def canonical(self, value: Json) -> Json:
        """The backoffice's own value as the cleaner would give it, to compare it with a source's.

        Raises:
            Unclean: the backoffice holds what no source could have said.
            Unusable: likewise.
        """
        return value if self.composed else self.clean(Source.PORTAL, (value,))


def _same(
    column: str,
    cleaner: Cleaner,
    owner: Owner,
    zoho: str | tuple[str, ...] = (),
    *,
    silences: tuple[Json, ...] = (),
    length: int | None = None,
    quoted: bool = False,
    personal: bool = False,
    note: str = "",
) -> Field:
    """A field that the portal calls as the backoffice does."""
    names = (zoho,) if isinstance(zoho, str) else zoho
    return Field(
        column=column,
        clean=cleaner,
        owner=owner,
        zoho=names,
        portal=(column,),
        silences=silences,
        length=length,
        quoted=quoted,
        personal=personal,
        note=note,
    )


_IDENTITY = (
    Field(
        column="zoho_lead_id",
        clean=scalars.zoho_id,
        owner=Owner.IDENTITY,
        zoho=("id",),
        length=50,
        personal=True,
        note="A portal row's own zoho_lead_id is a claim, never written: it may be another person's or a Contact's.",
    ),
    Field(column="portal_lead_id", clean=scalars.uuid, owner=Owner.IDENTITY, portal=("id",), personal=True),
    _same("created_at", scalars.instant, Owner.EARLIEST, "Created_Time"),
)

_CONTACT = (
    Field(
        column="name",
        clean=contacts.name,
        owner=Owner.ZOHO,
        zoho=("First_Name", "Last_Name"),
        portal=("name",),
        length=255,
        required="",
        personal=True,
        note="Zoho's two names are joined again: the portal splits at the last blank.",
    ),
    Field(
        column="email",
        clean=contacts.email,
        owner=Owner.ZOHO,
        zoho=("Email",),
        portal=("email",),
        length=255,
        required="",
        personal=True,
        note="Trimmed and in lower case; an address that cannot be one is not taken over.",
    ),
    Field(
        column="phone",
        clean=contacts.phone,
        owner=Owner.ZOHO,
        zoho=("Phone", "Mobile"),
        portal=("phone",),
        length=50,
        required="",
        personal=True,
        note="E.164 where it can be read as a number, with Malta as home; else as typed.",
    ),
    _same("address", scalars.text, Owner.ZOHO, "Street", personal=True),
    _same("locality", scalars.text, Owner.PORTAL, "City", personal=True),
    Field(
        column="is_gozo",
        clean=places.is_gozo,
        owner=Owner.PORTAL,
        zoho=("Install_Coordinates",),
        portal=("coordinates", "is_gozo"),
        silences=(False,),
        note="A pin decides (36.0° N and above is Gozo); without one only true says something.",
    ),
    _same("location_source", scalars.text, Owner.PORTAL, silences=("auto",), length=10),
    Field(
        column="coordinates",
        clean=places.coordinates,
        owner=Owner.PORTAL,
        zoho=("Install_Coordinates",),
        portal=("coordinates",),
        personal=True,
        note="Only pins within Malta.",
    ),
    Field(
        column="coordinates_lat",
        clean=places.latitude,
        owner=Owner.PORTAL,
        zoho=("Install_Coordinates",),
        portal=("coordinates",),
        personal=True,
    ),
    Field(
        column="coordinates_lng",
        clean=places.longitude,
        owner=Owner.PORTAL,
        zoho=("Install_Coordinates",),
        portal=("coordinates",),
        personal=True,
    ),
    _same(
        "google_maps_link",
        places.maps_url,
        Owner.ZOHO,
        ("Google_Maps_URL", "Google_Maps_Link"),
        personal=True,
        note="Until December 2025 the portal wrote the second of Zoho's two fields.",
    ),
    Field(
        column="google_maps_url",
        clean=places.maps_url,
        owner=Owner.ZOHO,
        zoho=("Google_Maps_URL", "Google_Maps_Link"),
        portal=("google_maps_link",),
        personal=True,
        note="Twin of google_maps_link: it is not known which of them the dashboard reads.",
    ),
)

_QUOTE = (
    _same("system_size_kw", scalars.number, Owner.ZOHO, "System_Size", silences=(0,), quoted=True),
    _same("selected_system", scalars.text, Owner.ZOHO, "Recommended_Package", quoted=True),
    Field(
        column="with_battery",
        clean=lifecycle.with_battery,
        owner=Owner.ZOHO,
        zoho=("With_Battery", "Battery_Size"),
        portal=("with_battery", "battery_size_kwh"),
        silences=(False,),
        quoted=True,
        note="False is the portal's default on partial leads; a battery's size says true.",
    ),
    _same("battery_size_kwh", scalars.number, Owner.ZOHO, "Battery_Size", silences=(0,), quoted=True),
    _same("panel_brand", scalars.text, Owner.ZOHO, "Panel_Brand", quoted=True),
    _same("panel_model", scalars.text, Owner.ZOHO, "Panel_Model", quoted=True),
    _same("panel_count", scalars.integer, Owner.ZOHO, "Panel_Count", silences=(0,), quoted=True),
    _same("panel_wattage", scalars.integer, Owner.ZOHO, "Panel_Wattage", silences=(0,), quoted=True),
    _same("inverter_brand", scalars.text, Owner.ZOHO, "Inverter_Brand", quoted=True),
    _same("inverter_model", scalars.text, Owner.ZOHO, "Inverter_Model", quoted=True),
    _same("battery_brand", scalars.text, Owner.ZOHO, "Battery_Brand", quoted=True),
    _same("battery_model", scalars.text, Owner.ZOHO, "Battery_Model", quoted=True),
    _same("grant_type", lifecycle.grant_type, Owner.ZOHO, "Grant_Type", silences=("pv_only",)),
    _same(
        "grant_path",
        scalars.flag,
        Owner.PORTAL,
        silences=(True,),
        note="Not from Zoho: a box that nobody ticked and a no look the same there.",
    ),
    _same("grant_amount", scalars.number, Owner.ZOHO, "Grant_Amount_EUR", silences=(0,), quoted=True, note="EUR"),
    _same(
        "total_price",
        scalars.number,
        Owner.ZOHO,
        "Quote_Amount",
        silences=(0,),
        quoted=True,
        note="EUR, after the grant",
    ),
    _same("deposit_amount", scalars.number, Owner.ZOHO, "Deposit_Amount", silences=(0,), note="EUR"),
    _same("payment_method", scalars.text, Owner.ZOHO, "Payment_Method"),
    _same("loan_term", scalars.integer, Owner.ZOHO, "Loan_Term", silences=(0,), note="months"),
    _same("monthly_payment", scalars.number, Owner.ZOHO, "Monthly_Payment_EUR", silences=(0,), note="EUR"),
    _same("annual_savings", scalars.number, Owner.ZOHO, "Annual_Savings", silences=(0,), note="EUR"),
)

_HOUSEHOLD = (
    _same("monthly_bill", scalars.number, Owner.ZOHO, "Monthly_Bill", silences=(0,), note="EUR a month"),
    _same(
        "consumption_kwh",
        scalars.number,
        Owner.ZOHO,
        "Monthly_Consumption_kWh",
        silences=(0,),
        note="kWh a month",
    ),
    _same("household_size", scalars.integer, Owner.ZOHO, "Household_Size", silences=(0,)),
    _same("roof_area", scalars.number, Owner.ZOHO, "Available_Area_sqm", silences=(0,), note="m²"),
    _same(
        "bill_file_url",
        scalars.url_list,
        Owner.PORTAL,
        "Bill_Images_URL",
        personal=True,
        note="Several are parted by commas.",
    ),
    _same("proposal_file_url", scalars.url, Owner.PORTAL, "Quote_PDF_URL", personal=True),
    _same("meter_number", scalars.text, Owner.MEASURED, personal=True),
    _same("arms_account_number", scalars.text, Owner.MEASURED, personal=True),
    _same("bill_raw_analysis", scalars.text, Owner.MEASURED, personal=True),
    _same("bill_analyzed_at", scalars.instant, Owner.MEASURED),
)

_LIFE = (
    _same("social_provider", scalars.text, Owner.ZOHO, "Social_Provider"),
    _same("notes", scalars.text, Owner.STAFF, "Description", personal=True),
    _same(
        "source",
        lifecycle.origin,
        Owner.FIRST,
        ("Lead_Source", "Portal_Source"),
        silences=("website",),
        length=50,
        note="The portal's zoho_crm only says that the visitor came by a link from Zoho.",
    ),
    _same("source_campaign", scalars.lookup_name, Owner.FIRST, "Campaign_Source", length=255),
    _same("source_medium", scalars.text, Owner.FIRST, "UTM_Medium", length=100),
    _same("source_content", scalars.text, Owner.FIRST, "UTM_Content", length=255),
    Field(
        column="status",
        clean=lifecycle.status,
        owner=Owner.FORWARD,
        zoho=("Converted__s", "Lead_Status"),
        portal=("status",),
        silences=("new",),
        length=20,
        note="new < contacted < qualified < converted; lost comes from Zoho alone, and only below converted.",
    ),
    Field(
        column="converted_at",
        clean=scalars.instant,
        owner=Owner.IDENTITY,
        zoho=("Converted_Date_Time",),
        note="Zoho's own moment of conversion, not the custom field of that name.",
    ),
    _same("email_opted_out", scalars.flag, Owner.STICKY, "Email_Opt_Out", silences=(False,)),
    _same("email_opted_out_at", scalars.instant, Owner.IDENTITY),
)

FIELDS: tuple[Field, ...] = _IDENTITY + _CONTACT + _QUOTE + _HOUSEHOLD + _LIFE
BY_COLUMN: dict[str, Field] = {field.column: field for field in FIELDS}
QUOTED = frozenset(field.column for field in FIELDS if field.quoted)
"""The columns of a quote."""
PERSONAL = frozenset(field.column for field in FIELDS if field.personal)
"""The columns that tell who somebody is."""

ZOHO_LIMIT = 50
"""Zoho answers at most 50 field names a request (LIMIT_EXCEEDED beyond); `id` comes unasked."""

MAPPING_VERSION = 2
"""Part of each record's digest: raise it when the meaning of a field changes, and every record is looked at anew."""


def zoho_names() -> tuple[str, ...]:
    """The field names to ask Zoho for, each once, `Modified_Time` among them and `id` not."""
    names = dict.fromkeys(name for field in FIELDS for name in field.zoho)
    del names["id"]
    names["Modified_Time"] = None
    return tuple(names)
