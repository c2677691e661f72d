"""authsec-langchain-sdk: an approval in the flow that the configuration selects."""

import os

from authsec_langchain import AuthsecClient, AuthsecConfig
from steps import BASE_URL, CLIENT_ID, outcome, report

client = AuthsecClient(
    AuthsecConfig(
        base_url=BASE_URL,
        client_id=CLIENT_ID,
        tenant_id=os.environ.get("AUTHSEC_TENANT_ID"),
        ciba_poll_interval=0.1,
        ciba_poll_timeout=float(os.environ.get("POLL_TIMEOUT", "20")),
    )
)
report(
    approval=outcome(
        client.request_approval,
        login_hint=os.environ.get("LOGIN_HINT", "approver@example.com"),
        binding_message="Export 3 records",
        scopes=["openid"],
    )
)
