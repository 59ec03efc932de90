"""The fields' metadata and the organisation, as the settings calls tell them (§8)."""

from sandbox.zoho.catalog import Catalog, Field

_JSON_TYPES = {
    "bigint": "string",
    "boolean": "boolean",
    "integer": "integer",
    "double": "double",
    "currency": "double",
    "lookup": "jsonobject",
    "ownerlookup": "jsonobject",
    "layout": "jsonobject",
    "jsonarray": "jsonarray",
}
_SHOWN_TYPES = {"jsonarray": "text", "layout": "bigint"}


def describe(field: Field, n: int) -> dict[str, object]:
    """One entry of `fields` in GET settings/fields; `n` makes its id."""
    return {
        "id": str(640000000000002001 + 2 * n),
        "api_name": field.api_name,
        "field_label": field.api_name.removesuffix("__s").replace("_", " "),
        "display_label": field.api_name.removesuffix("__s").replace("_", " "),
        "data_type": _SHOWN_TYPES.get(field.data_type, field.data_type),
        "json_type": _JSON_TYPES.get(field.data_type, "string"),
        "length": field.length,
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
