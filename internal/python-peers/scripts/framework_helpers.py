"""The packages for CrewAI, LlamaIndex and AutoGen: the fetch tool, the reader and the helper."""

import json

from authsec_autogen import AuthSecClient
from authsec_crewai import AuthSecSecureFetchTool
from authsec_llamaindex import AuthSecSecureReader
from steps import report

tool = AuthSecSecureFetchTool()
fetched = json.loads(tool._run(endpoint="secure-vault/metrics", scope="read:metrics"))
reader = AuthSecSecureReader()
documents = reader.load_data(endpoint="secure-vault/records", scope="read:records")
helper = AuthSecClient()
answer = helper.request_secure_api("secure-vault/metrics", helper.get_delegation_token())
report(
    fetched=fetched,
    documents=[{"text": one.text, "metadata": one.metadata} for one in documents],
    answer=answer,
    is_mock=[tool.client.mock_mode, reader.client.mock_mode, helper.mock_mode],
)
