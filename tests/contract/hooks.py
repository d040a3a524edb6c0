"""What schemathesis has to know of this API beyond the contract."""

import json
import os
import re

import schemathesis

OWN_KEY = os.environ["CONTRACT_KEY_ID"]

# Why a request that is as the contract says may be refused with 422: for what is there, or for
# what the contract says in words, since JSON Schema can't.
REASONS = re.compile("|".join([
    "has already been taken",
    "is the name of an existing",
    "is the name of no channel",
    "is the number of no match",
    "is the id of no stakeholder",
    "there is no stakeholder|is not there, and ",
    "must be the name of another stakeholder",
    "must be the name of a channel of type SOCKET",
    "was used for another request",
    "can't be given together with|can't be given twice, or together with",
    "is after everything that has happened",
    # Of documents, beyond their schemas, as these say in words.
    "This is no URL|URL of a Redis|URL needs a host|place in this URL|left out of this URL",
    "none is configured|that are configured, and none is|No channel .* is configured|Another channel is called",
    "is not among ",
    "JSON keeps no more than|Expected the name of a column but got an empty string",
    "A condition has at most|can't be asked within `old`|is within `old` already",
    "can't be claimed|must exist now|has at most 63 bytes",
    "is about rows as they are",
]))


@schemathesis.hook
def filter_case(context, case):
    """Leaves the key alone that all of this is done with. And no text of a body may contain
    U+0000, which the contract can't say of members that it doesn't name."""
    is_revocation = case.method == "DELETE" and case.operation.path == "/api/v1/keys/{id}"
    if is_revocation and str((case.path_parameters or {}).get("id")) == OWN_KEY:
        return False
    return not (is_allowed(case) and "\\u0000" in body_of(case))


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


def is_allowed(case):
    return case.meta is not None and all(
        component.mode.is_positive for component in case.meta.components.values()
    )


def body_of(case):
    try:
        return json.dumps(case.body)
    except (TypeError, ValueError):
        return ""
