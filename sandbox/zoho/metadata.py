"""What the organisation tells of its module, its fields, its user and itself (§8)."""

from sandbox.zoho.catalog import Catalog, Field
from sandbox.zoho.render import PERSON

_JSON_TYPES = {
    "bigint": "string",
    "boolean": "boolean",
    "integer": "integer",
    "double": "double",
    "currency": "double",
    "percent": "double",
    "formula": "double",
    "rollup_summary": "double",
    "multiselectpicklist": "jsonarray",
    "subform": "jsonarray",
    "fileupload": "jsonarray",
    "lookup": "jsonobject",
    "ownerlookup": "jsonobject",
    "layout": "jsonobject",
    "jsonarray": "jsonarray",
}
_SHOWN_TYPES = {"jsonarray": "text", "layout": "bigint", "richtext": "textarea"}
_LABELS = {"Designation": "Title"}
_DECIMALS = {"double": 2, "currency": 2, "percent": 2}
_ADMINISTRATOR = {"name": "Administrator", "id": "640000000000026011"}

LEADS: dict[str, object] = {
    "id": "640000000000002175",
    "api_name": "Leads",
    "module_name": "Leads",
    "singular_label": "Lead",
    "plural_label": "Leads",
    "generated_type": "default",
    "sequence_number": 1,
    "visibility": 1,
    "modified_time": None,
    "modified_by": None,
    "profiles": [_ADMINISTRATOR],
    **dict.fromkeys(
        ("api_supported", "visible", "viewable", "creatable", "editable", "deletable", "convertable"), True
    ),
}


def describe(field: Field, n: int) -> dict[str, object]:
    """One entry of `fields` in GET settings/fields; `n` makes its id."""
    label = _LABELS.get(field.api_name, field.api_name.removesuffix("__s").replace("_", " "))
    return {
        "id": str(640000000000002001 + 2 * n),
        "api_name": field.api_name,
        "field_label": label,
        "display_label": label,
        "data_type": _SHOWN_TYPES.get(field.data_type, field.data_type),
        "json_type": _JSON_TYPES.get(field.data_type, "string"),
        "length": field.length,
        "decimal_place": _DECIMALS.get(field.data_type),
        "system_mandatory": field.mandatory,
        "read_only": field.read_only,
        "field_read_only": field.read_only,
        "custom_field": field.custom,
        "virtual_field": False,
        "visible": True,
        "type": "used",
        "view_type": {"view": True, "edit": not field.read_only, "create": not field.read_only, "quick_create": False},
        "pick_list_values": [
            {"actual_value": pick, "display_value": pick, "sequence_number": k, "type": "used"}
            for k, pick in enumerate(field.picks, start=1)
        ],
    }


def fields_metadata(catalog: Catalog) -> dict[str, object]:
    """The reply of GET settings/fields?module=Leads."""
    return {"fields": [describe(field, n) for n, field in enumerate(catalog.fields.values())]}


def organisation(zone: str) -> dict[str, object]:
    """The reply of GET org."""
    return {
        "org": [
            {
                "id": "640000000000000001",
                "zgid": "20060000001",
                "type": "Production",
                "company_name": "Sandbox Solar",
                "primary_email": "office@solar.example",
                "country": "Malta",
                "country_code": "MT",
                "currency": "Euro",
                "iso_code": "EUR",
                "currency_symbol": "€",
                "currency_locale": "en_MT",
                "time_zone": zone,
                "license_details": {"paid_type": "enterprise", "paid": True, "users_license_purchased": 5},
            }
        ]
    }


def users(zone: str) -> dict[str, object]:
    """The reply of GET users: one active user, who may do everything."""
    first_name, last_name = str(PERSON["name"]).split()
    user = {
        **{key: PERSON[key] for key in ("id", "email")},
        "full_name": PERSON["name"],
        "first_name": first_name,
        "last_name": last_name,
        "zuid": "20060000002",
        "status": "active",
        "confirm": True,
        "profile": _ADMINISTRATOR,
        "role": {"name": "CEO", "id": "640000000000026005"},
        "time_zone": zone,
    }
    return {"users": [user], "info": {"per_page": 200, "count": 1, "page": 1, "more_records": False}}
