"""authsec-langgraph-sdk: a node that puts the token into the state of the graph."""

from authsec_langchain import AuthsecClient, AuthsecConfig
from authsec_langgraph import AuthsecNode
from steps import BASE_URL, CLIENT_ID, report

client = AuthsecClient(AuthsecConfig(base_url=BASE_URL, client_id=CLIENT_ID))
state = {"messages": []}
update = AuthsecNode(client)(state)
report(update=update, state=state)
