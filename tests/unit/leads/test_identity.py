import pytest

from leads.identity import FORGOTTEN, Ignore, Link, New, Review, identify
from leads.lead import Lead
from leads.world import Erased, Standing
from tests.unit.leads.people import ZOHO_ID, known, match, portal, standing, zoho

MARIA = {"name": "Maria Borg", "email": "maria@mail.example", "phone": "+35679001234"}
BEFORE, AFTER = "2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z"
STRANGER = {"name": "Paul Vella", "email": "paul@mail.example", "phone": "7999 9999"}


def among(*leads: Standing) -> dict[str, Standing]:
    return {lead.lead_id: lead for lead in leads}


def test_nobody_has_its_keys() -> None:
    assert identify(portal(), match(), {}) == New()


def test_the_address_alone_is_enough() -> None:
    leads = among(standing(name="Maria", email="MARIA@mail.example"))
    assert identify(portal(), match(email=("lead-1",)), leads) == Link(lead_id="lead-1", key="email")


@pytest.mark.parametrize("differs", [{"name": "Paul Vella"}, {"phone": "7999 9999"}])
def test_an_address_counts_when_name_or_phone_agrees(differs: dict[str, str]) -> None:
    record = portal(**{**MARIA, **differs})
    assert isinstance(identify(record, match(email=("lead-1",)), among(standing(**MARIA))), Link)


def test_a_contradicted_address_waits_for_a_person() -> None:
    spouse = portal(name="Paul Vella", phone="7999 9999")
    verdict = identify(spouse, match(email=("lead-1",)), among(standing(**MARIA)))
    assert isinstance(verdict, Review)
    assert verdict.candidates == ("lead-1",)


def test_the_zoho_id_goes_before_the_address() -> None:
    leads = among(standing("by-id", **MARIA), standing("by-email", **MARIA))
    record = portal(**MARIA, zoho_lead_id=ZOHO_ID)
    assert identify(record, match(zoho_id=("by-id",), email=("by-email",)), leads) == Link(
        lead_id="by-id", key="zoho_id", notes=("by-email",)
    )


def test_an_uncorroborated_claim_is_no_key() -> None:
    leads = among(standing(name="Joseph Borg", email="joseph@mail.example", phone="2155 0000"))
    record = portal(**MARIA, zoho_lead_id=ZOHO_ID)
    assert isinstance(identify(record, match(zoho_id=("lead-1",)), leads), New)


@pytest.mark.parametrize(
    "agreeing", [{"name": "M. Borg"}, {"email": "maria@mail.example"}, {"phone": "00356 7900 1234"}]
)
def test_a_claim_counts_with_any_one_corroboration(agreeing: dict[str, str]) -> None:
    other = {"name": "Joseph Vella", "email": "j@mail.example", "phone": "2155 0000"}
    leads = among(standing(**{**other, **agreeing}))
    record = portal(**MARIA, zoho_lead_id=ZOHO_ID)
    assert identify(record, match(zoho_id=("lead-1",)), leads) == Link(lead_id="lead-1", key="zoho_id")


def test_the_portals_id_counts_by_itself() -> None:
    leads = among(standing(name="Somebody Else", email="other@mail.example", phone="2155 0000"))
    assert identify(portal(**MARIA), match(portal_id=("lead-1",)), leads) == Link(lead_id="lead-1", key="portal_id")


@pytest.mark.parametrize(
    ("record", "who"),
    [
        (portal(name="Maria Borg"), "maria"),
        (portal(name="P. Vella"), "paul"),
        (portal(name="Somebody", phone="7999 9999"), "paul"),
    ],
)
def test_of_several_hits_the_one_that_name_or_phone_corroborates_wins(record: Lead, who: str) -> None:
    leads = among(standing("maria", **MARIA), standing("paul", **{**STRANGER, "email": "maria@mail.example"}))
    (other,) = {"maria", "paul"} - {who}
    verdict = identify(record, match(email=("maria", "paul")), leads)
    assert verdict == Link(lead_id=who, key="email", notes=(other,))


@pytest.mark.parametrize("name", ["Maria Borg", "Nobody Known"])
def test_several_hits_that_none_or_two_corroborate_wait(name: str) -> None:
    leads = among(standing("one", **MARIA), standing("two", **MARIA))
    verdict = identify(portal(name=name), match(email=("one", "two")), leads)
    assert verdict == Review(reason="several leads have its e-mail", candidates=("one", "two"))
    verdict = identify(portal(name=name), match(portal_id=("one", "two")), leads)
    assert verdict == Review(reason="several leads have its portal id", candidates=("one", "two"))


def test_a_phone_alone_never_merges_but_is_noted() -> None:
    leads = among(standing(**MARIA))
    record = portal(name="Maria Borg", email="", phone="7900 1234")
    assert identify(record, match(phone=("lead-1",)), leads) == New(notes=("lead-1",))


def test_a_phone_that_shares_only_its_last_digits_is_not_noted() -> None:
    leads = among(standing(**{**MARIA, "phone": "+44 7979 001234"}))
    assert identify(portal(email="", phone="7900 1234"), match(phone=("lead-1",)), leads) == New()


def test_a_linked_record_goes_to_its_lead_whatever_its_keys_hit() -> None:
    record = portal(**MARIA)
    leads = among(standing(name="X Y"), standing("other", **MARIA))
    verdict = identify(record, match(known(record), email=("other",)), leads)
    assert isinstance(verdict, Link)
    assert (verdict.lead_id, verdict.key) == ("lead-1", "known")


def test_a_linked_record_that_speaks_of_somebody_else_waits() -> None:
    verdict = identify(portal(**STRANGER), match(known(portal(**MARIA))), among(standing(**MARIA)))
    assert verdict == Review(reason="identity changed", candidates=("lead-1",))


@pytest.mark.parametrize("same", ["name", "email", "phone"])
def test_one_thing_that_stays_is_enough_to_stay_the_same_person(same: str) -> None:
    record = portal(**{**STRANGER, same: MARIA[same]})
    assert isinstance(identify(record, match(known(portal(**MARIA))), among(standing(**MARIA))), Link)


@pytest.mark.parametrize("missing", ["email", "phone"])
def test_who_said_too_little_before_or_says_it_now_is_not_somebody_else(missing: str) -> None:
    less, leads = {missing: ""}, among(standing(**MARIA))
    assert isinstance(identify(portal(**STRANGER | less), match(known(portal(**MARIA))), leads), Link)
    assert isinstance(identify(portal(**STRANGER), match(known(portal(**MARIA | less))), leads), Link)


def test_a_record_without_a_known_word_is_not_somebody_else() -> None:
    told = known(snapshot={"email": "maria@mail.example", "phones": ["+35679001234"]})
    assert isinstance(identify(portal(**STRANGER), match(told), among(standing(**MARIA))), Link)
    told = known(snapshot={"name": "Maria Borg", "email": "maria@mail.example"})
    assert isinstance(identify(portal(**STRANGER), match(told), among(standing(**MARIA))), Link)


@pytest.mark.parametrize("silent", [{"phone": ""}, {"name": "Borg", "phone": ""}])
def test_an_address_is_not_contradicted_by_who_has_no_phone(silent: dict[str, str]) -> None:
    spouse = portal(**{**MARIA, "name": "Paul Vella", **silent})
    assert isinstance(identify(spouse, match(email=("lead-1",)), among(standing(**MARIA))), Link)
    leads = among(standing(**{**MARIA, "phone": ""}))
    assert isinstance(identify(portal(**{**MARIA, "name": "Paul Vella"}), match(email=("lead-1",)), leads), Link)


def test_an_identity_that_changed_still_waits_at_the_next_run() -> None:
    waiting = known(portal(**MARIA), place="review", reason="identity changed")
    assert isinstance(identify(portal(**STRANGER), match(waiting), among(standing(**MARIA))), Review)


@pytest.mark.parametrize("waits", [{}, {"reason": "left from before"}, {"place": "review"}])
def test_a_record_of_a_deleted_lead_is_left_alone(waits: dict[str, str]) -> None:
    leads = among(standing(**MARIA, deleted_at=BEFORE))
    verdict = identify(portal(**MARIA), match(known(portal(**MARIA), **waits)), leads)
    assert verdict == Ignore(rule="its lead is deleted")


def test_a_record_whose_lead_is_gone_altogether_waits() -> None:
    assert identify(portal(**MARIA), match(known(portal(**MARIA))), {}) == Review(reason="was deleted")


@pytest.mark.parametrize(
    ("deleted", "left_alone"), [(AFTER, True), (BEFORE, False), ("2026-01-01T00:00:00Z", True), ("infinity", True)]
)
def test_a_record_is_left_alone_if_it_is_older_than_the_deletion(deleted: str, left_alone: bool) -> None:  # noqa: FBT001
    record = portal(**MARIA, created_at="2026-01-01T00:00:00Z")
    verdict = identify(record, match(email=("lead-1",)), among(standing(**MARIA, deleted_at=deleted)))
    waits = Review(reason="was deleted", candidates=("lead-1",))
    assert verdict == (Ignore(rule="its lead is deleted") if left_alone else waits)


def test_a_live_hit_beats_a_deleted_one_of_a_higher_key() -> None:
    leads = among(standing("gone", **MARIA, deleted_at=AFTER), standing("live", **MARIA))
    verdict = identify(zoho(), match(zoho_id=("gone",), email=("live",)), leads)
    assert isinstance(verdict, Link)
    assert verdict.lead_id == "live"


def test_a_person_who_says_same_binds_the_record() -> None:
    told = known(place="review", lead_id=None, decision="same", decision_lead="lead-1")
    verdict = identify(portal(**STRANGER), match(told), among(standing(**MARIA)))
    assert verdict == Link(lead_id="lead-1", key="decision")


def test_a_decision_binds_a_record_to_the_lead_that_it_had_though_it_is_somebody_else_now() -> None:
    told = known(portal(**MARIA), place="review", decision="same", decision_lead="lead-1")
    verdict = identify(portal(**STRANGER), match(told), among(standing(**MARIA)))
    assert verdict == Link(lead_id="lead-1", key="decision")


def test_a_decision_that_was_carried_out_moves_the_record_to_its_lead() -> None:
    told = known(portal(**MARIA), lead_id="own", decision="same", decision_lead="lead-1", decision_open=False)
    verdict = identify(portal(**MARIA), match(told), among(standing(**MARIA), standing("own", **MARIA)))
    assert verdict == Link(lead_id="lead-1", key="decision")


def test_a_record_that_a_person_ignores_is_ignored() -> None:
    told = known(place="review", lead_id=None, decision="ignore")
    assert identify(portal(**MARIA), match(told), {}) == Ignore(rule="a person said to ignore it")


def test_a_person_who_says_separate_gives_the_record_a_lead_of_its_own() -> None:
    told = known(place="review", lead_id=None, decision="separate")
    leads = among(standing(**MARIA), standing("neighbour", phone="+35679999999"))
    verdict = identify(portal(**STRANGER), match(told, email=("lead-1",), phone=("neighbour",)), leads)
    assert verdict == New(notes=("lead-1", "neighbour"))


def test_separate_once_done_keeps_the_record_at_its_own_lead() -> None:
    record = portal(**STRANGER)
    told = known(record, lead_id="own", decision="separate", decision_open=False)
    verdict = identify(record, match(told, email=("lead-1",)), among(standing(**MARIA), standing("own", **STRANGER)))
    assert isinstance(verdict, Link)
    assert verdict.lead_id == "own"


@pytest.mark.parametrize("leads", [{}, among(standing(**MARIA, deleted_at=AFTER))])
def test_a_decision_for_a_lead_that_is_deleted_falls_back_to_review(leads: dict[str, Standing]) -> None:
    told = known(place="review", lead_id=None, decision="same", decision_lead="lead-1")
    other = standing("other", **STRANGER)
    verdict = identify(portal(**STRANGER), match(told, email=("other", "lead-1")), {**leads, "other": other})
    assert verdict == Review(reason="the lead of the decision is deleted", candidates=("other",))


def test_separate_parts_a_record_from_the_lead_it_was_linked_to() -> None:
    told = known(portal(**MARIA), place="review", reason="identity changed", decision="separate")
    assert isinstance(identify(portal(**STRANGER), match(told), {"lead-1": standing(**MARIA)}), New)


def met(*kinds: str, at: str = AFTER) -> tuple[Erased, ...]:
    return tuple(Erased(kind=kind, at=at) for kind in kinds)


@pytest.mark.parametrize("kinds", [("record",), ("record", "email"), ("email",), ("person",)])
def test_records_of_a_forgotten_person_are_left_alone(kinds: tuple[str, ...]) -> None:
    record = portal(**{**MARIA, "phone": ""}, created_at="2026-01-01T00:00:00Z")
    assert identify(record, match(erased=met(*kinds)), {}) == Ignore(rule=FORGOTTEN)


@pytest.mark.parametrize("created", ["2026-01-01T00:00:00Z", None])
def test_a_record_that_may_be_younger_than_the_erasure_waits(created: str | None) -> None:
    record = portal(**MARIA, created_at=created)
    assert identify(record, match(erased=met("email", at=BEFORE)), {}) == Review(reason="was forgotten")


def test_somebody_else_in_the_row_of_a_forgotten_person_waits() -> None:
    leads = among(standing(**STRANGER))
    assert identify(portal(**STRANGER), match(erased=met("record")), {}) == Review(reason="was forgotten")
    assert isinstance(identify(portal(**STRANGER), match(erased=met("record"), email=("lead-1",)), leads), Review)


def test_a_forgotten_persons_row_joins_nobody_by_a_shared_address() -> None:
    record = portal(**{**MARIA, "phone": ""})
    hit = match(erased=met("record", "email"), email=("lead-1",))
    assert isinstance(identify(record, hit, among(standing(name="Spouse", email="maria@mail.example"))), Ignore)


def test_a_live_lead_beats_the_tombstone_of_a_shared_address() -> None:
    hit = match(erased=met("email"), email=("lead-1",))
    assert isinstance(identify(portal(**MARIA), hit, among(standing(**MARIA))), Link)


def test_chats_of_one_session_are_one_persons_lead() -> None:
    leads = among(standing(name="Maria Borg", phone="79001234"))
    assert identify(portal(email=""), match(session=("lead-1",)), leads) == Link(lead_id="lead-1", key="session")


def test_a_chat_session_that_name_and_phone_contradict_waits() -> None:
    verdict = identify(portal(**STRANGER), match(session=("lead-1",)), among(standing(**MARIA)))
    assert verdict == Review(reason="the chat session is another person's", candidates=("lead-1",))


def test_a_record_that_waits_at_a_deleted_lead_goes_on_waiting() -> None:
    waiting = known(portal(**MARIA), place="review", reason="its insert was taken back")
    verdict = identify(portal(**MARIA), match(waiting), among(standing(**MARIA, deleted_at=BEFORE)))
    assert verdict == Review(reason="its insert was taken back", candidates=("lead-1",))


@pytest.mark.parametrize("place", ["ignored", "dead_letter", "linked"])
def test_separate_is_obeyed_wherever_the_record_is(place: str) -> None:
    told = known(portal(**MARIA), place=place, decision="separate", decision_open=True)
    assert isinstance(identify(portal(**MARIA), match(told), among(standing(**MARIA, deleted_at=BEFORE))), New)


def test_a_deletion_is_named_once_though_two_keys_hit_it() -> None:
    leads = {"lead-1": standing(**MARIA, deleted_at="2025-01-01T00:00:00Z")}
    verdict = identify(portal(**MARIA, zoho_lead_id=ZOHO_ID), match(zoho_id=("lead-1",), email=("lead-1",)), leads)
    assert verdict == Review(reason="was deleted", candidates=("lead-1",))


def test_a_stranger_with_a_single_name_is_somebody_else() -> None:
    record = portal(**{**STRANGER, "name": "Paul"})
    verdict = identify(record, match(known(portal(**MARIA))), among(standing(**MARIA)))
    assert isinstance(verdict, Review)
