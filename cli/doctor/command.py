"""`leadsync doctor`: names every misconfiguration and its cure."""

import json as json_module
from contextlib import closing
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from cli.doctor import backoffice, clocks, history, keys, leads_table, orchestration, portal, settings, telegram, zoho
from cli.doctor.case import Case
from cli.doctor.examination import Check, examine
from cli.doctor.finding import exit_code
from cli.doctor.report import as_json, in_order, show

CHECKS: tuple[Check[Case], ...] = (
    *settings.CHECKS,
    *clocks.CHECKS,
    *zoho.CHECKS,
    *keys.CHECKS,
    *portal.CHECKS,
    *backoffice.CHECKS,
    *leads_table.CHECKS,
    *history.CHECKS,
    *orchestration.CHECKS,
    *telegram.CHECKS,
)


def doctor(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Look at settings, keys, all systems and the last runs; name what is wrong, and its cure.

    Changes nothing. Ends with 0 if all is in order, 1 with warnings, 2 with errors.

    Args:
        json: Print all findings as one JSON object.
    """
    with closing(Case()) as case:
        findings = in_order(examine(case, CHECKS))
    if json:
        print(json_module.dumps(as_json(findings), ensure_ascii=False))
    else:
        show(findings, Console())
    return exit_code(findings)
