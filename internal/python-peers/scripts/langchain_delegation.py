"""authsec-langchain-sdk: pull, cache, refresh, and the callback handler."""

from authsec_langchain import AuthsecCallbackHandler, AuthsecClient, AuthsecConfig
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.tools import tool
from steps import BASE_URL, CLIENT_ID, outcome, report

client = AuthsecClient(AuthsecConfig(base_url=BASE_URL, client_id=CLIENT_ID))
first = client.get_delegation_token()
report(
    token=first,
    is_cached=client.get_delegation_token() == first,
    expires_at=client._cached_delegation_expires,
)
report(
    cached=outcome(client.get_delegation_token),
    refreshed=outcome(client.get_delegation_token, force_refresh=True),
)


class Recorder(BaseCallbackHandler):
    """What a tool's callbacks see of the metadata of its run."""

    seen = None

    def on_tool_start(self, serialized, input_str, *, metadata=None, **kwargs):
        self.seen = dict(metadata or {})


@tool
def look_up(customer: str) -> str:
    """Looks up a customer."""
    return customer


recorder = Recorder()
handlers = [AuthsecCallbackHandler(client), recorder]
answer = look_up.invoke({"customer": "ACME"}, config={"callbacks": handlers, "metadata": {"a": 1}})
report(answer=answer, token=recorder.seen.get("authsec_token"))
