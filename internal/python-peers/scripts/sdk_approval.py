"""authsec-sdk: an approval, the device that gets it, and the answer of its user."""

import os

from authsec_sdk import CIBAClient
from steps import BASE_URL, report

EMAIL = os.environ["EMAIL"]
client = CIBAClient(client_id=os.environ.get("WORKSPACE_CLIENT_ID"), base_url=BASE_URL)
session = os.environ["USER_TOKEN"]
without_device = client.initiate_app_approval(EMAIL)
registered = client.register_device(session, "ExponentPushToken[1]")
asked = client.initiate_app_approval(EMAIL)
report(without_device=without_device, registered=registered, asked=asked)
request = asked.get("auth_req_id", "")
before = client.poll_for_approval(EMAIL, request, interval=0.1, timeout=1)
responded = client.respond_to_request(session, request, approved=True)
after = client.poll_for_approval(EMAIL, request, interval=0.1, timeout=5)
again = client.poll_for_approval(EMAIL, request, interval=0.1, timeout=5)
report(before=before, responded=responded, after=after, again=again)
