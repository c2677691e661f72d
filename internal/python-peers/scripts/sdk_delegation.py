"""authsec-sdk: the delegation client, and a call of a protected API."""

import asyncio

from authsec_sdk import DelegationClient
from steps import BASE_URL, CLIENT_ID, outcome, report


def pull(client):
    return outcome(lambda: asyncio.run(client.pull_token())["token"])


client = DelegationClient(client_id=CLIENT_ID, userflow_url=f"{BASE_URL}/authsec/uflow")
pulled = pull(client)
report(
    pulled=pulled,
    permissions=client.permissions,
    expires_in=client.expires_in_seconds,
    metrics=outcome(
        lambda: asyncio.run(client.request_json("GET", f"{BASE_URL}/secure-vault/metrics"))
    ),
)
report(expired=pull(client))
report(after=pull(client))
wrong = DelegationClient(client_id=CLIENT_ID, userflow_url=f"{BASE_URL}/uflow")
report(wrong_path=pull(wrong))
