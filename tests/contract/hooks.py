"""What schemathesis has to know of this API beyond the contract."""

import atexit
import collections
import json
import os
import re

import schemathesis

from seed import Api
from streams import Ending, part_with_websockets

API = Api(os.environ["CONTRACT_BASE"], os.environ["CONTRACT_TOKEN"])
OWN_KEY = os.environ["CONTRACT_KEY"]
OWN_STAKEHOLDER = os.environ["CONTRACT_STAKEHOLDER"]

# What would take away what this is done with: the key, and the stakeholder that has everything.
KEPT = {
    ("DELETE", "/api/v1/keys/{id}"): OWN_KEY,
    ("PUT", "/api/v1/stakeholders/{id}"): OWN_STAKEHOLDER,
    ("DELETE", "/api/v1/stakeholders/{id}"): OWN_STAKEHOLDER,
    ("PUT", "/api/v1/stakeholders/{id}/claims"): OWN_STAKEHOLDER,
    ("PUT", "/api/v1/stakeholders/{id}/notifications"): OWN_STAKEHOLDER,
}

# Why a request that is as the contract says may be refused with 422, each for one of these:
REASONS = re.compile("|".join([
    # It is about what is there, which another request changes.
    "has already been taken|was used for another request",
    "is the name of an existing",
    "is the name of no channel|must be the name of a channel of type SOCKET",
    "has no secret that could be rotated",
    "is the number of no match",
    "can't be chosen: the stakeholder has none",
    "is the id of no stakeholder|must be the name of another stakeholder",
    "there is no stakeholder|is not there, and ",
    "is after everything that has happened|is ahead of the database|is not before where ",
    # It is about what the operator allows.
    "is a private address, where ",
    # OpenAPI has no words for what holds between parameters.
    "can't be given together with|can't be given twice, or together with",
    # Nor JSON Schema for what one part of a document says of another,
    "none is configured|that are configured, and none is|No channel .* is configured",
    "Another channel is called|is not among ",
    # that one of several alternatives is not planned (it can, but the generator gives up at that),
    "must exist now",
    # or for how much of something there is in all, in bytes, digits and levels.
    "JSON keeps no more than|A condition has at most|has at most 63 bytes",
]))

part_with_websockets()
endings = []
answers = collections.defaultdict(collections.Counter)


@schemathesis.hook
def filter_case(context, case):
    kept = KEPT.get((case.method.upper(), case.operation.path))
    return kept is None or str((case.path_parameters or {}).get("id")) != kept


@schemathesis.hook
def before_call(context, case, kwargs):
    while endings:
        endings.pop().over()
    if case.operation.path.endswith("/events"):
        endings.append(Ending(API, (case.path_parameters or {}).get("id")))


@schemathesis.hook
def after_call(context, case, response):
    while endings:
        endings.pop().over()
    answers[f"{case.method.upper()} {case.operation.path}"][str(response.status_code)] += 1


@atexit.register
def keep():
    with open(os.environ["CONTRACT_ANSWERS"], "w") as kept:
        json.dump(answers, kept)


@schemathesis.check
def refused_for_what_is_there(context, response, case):
    """A request that the contract allows is refused with 422 for known reasons only."""
    if response.status_code != 422 or not is_allowed(case):
        return
    errors = response.json()["errors"]
    if "claims" in errors:  # the database doesn't fit the document
        return
    texts = [text for texts in errors.values() for text in texts]
    unknown = [text for text in texts if not REASONS.search(str(text))]
    assert not unknown, f"refused, though the contract allows it: {unknown}"


@schemathesis.check
def outdated_only_where_a_version_is_asked_for(context, response, case):
    """412 is for whoever asks for a version."""
    asked = {name.lower() for name in response.request.headers}
    assert response.status_code != 412 or "if-match" in asked, "412 without If-Match"


def is_allowed(case):
    return case.meta is not None and all(
        component.mode.is_positive for component in case.meta.components.values()
    )
