"""The protocol between a test and a script: a line of JSON for each step, then a pause."""

import json
import os
import sys

BASE_URL = os.environ["AUTHSEC_BASE_URL"]
CLIENT_ID = os.environ["AUTHSEC_AGENT_CLIENT_ID"]


def report(**values):
    """Tells the test what happened, and waits until the test goes on."""
    print("REPORT " + json.dumps(values), flush=True)
    sys.stdin.readline()


def outcome(function, *args, **kwargs):
    """What a call returned, or the class and the text of what it raised."""
    try:
        return {"value": function(*args, **kwargs)}
    except Exception as error:  # noqa: BLE001 - the test decides what is right
        return {"error": type(error).__name__, "text": str(error)}
