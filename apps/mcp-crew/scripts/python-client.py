"""The demo's story with the official Python client: pip install mcp, then python scripts/python-client.py.

Runs the server from its source in this workspace (Node.js 22.18 or newer), or reaches one that runs:
python scripts/python-client.py http://127.0.0.1:7400/mcp
"""

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path

from mcp import ClientSession, StdioServerParameters
from mcp.client import streamable_http
from mcp.client.stdio import stdio_client

ROOT = Path(__file__).resolve().parents[3]


def server() -> StdioServerParameters:
    flags = ["--conditions=@authsec/source", "--disable-warning=ExperimentalWarning"]
    program = str(ROOT / "packages/mcp/src/bin.ts")
    config = str(ROOT / "apps/mcp-crew/analyst-tools.json")
    env = {name: value for name, value in os.environ.items() if name.startswith("AUTHSEC_")}
    env.setdefault("AUTHSEC_MODE", "auto")
    return StdioServerParameters(
        command="node",
        args=[*flags, program, "--config", config],
        env={"PATH": os.environ["PATH"], **env},
    )


def transport():
    if len(sys.argv) < 2:
        return stdio_client(server())
    # The name changed with version 2.
    connect = getattr(streamable_http, "streamable_http_client", None)
    return (connect or streamable_http.streamablehttp_client)(sys.argv[1])


@asynccontextmanager
async def connected():
    async with transport() as (read, write, *_):
        async with ClientSession(read, write) as session:
            await session.initialize()
            yield session


async def call(session: ClientSession, name: str, arguments: dict) -> dict:
    result = await session.call_tool(name, arguments)
    outcome = json.loads(result.content[0].text)
    print("ok     " if outcome["ok"] else "refused", name, arguments, outcome.get("code", ""))
    return outcome


async def main() -> int:
    async with connected() as session:
        tools = await session.list_tools()
        print("tools  ", ", ".join(tool.name for tool in tools.tools))
        who = await call(session, "authsec_whoami", {})
        print("agent  ", who.get("subject"), who.get("permissions"))
        expected = [
            (True, "get_security_metrics", {}),
            (True, "list_vault_records", {"clearance": "internal"}),
            (False, "get_vault_record", {"id": "rec-0006"}),
            (False, "export_audit_log", {}),
            (False, "get_vault_record", {"id": 5}),
        ]
        outcomes = [(await call(session, name, arguments))["ok"] for _, name, arguments in expected]
        return 0 if outcomes == [ok for ok, _, _ in expected] else 1


sys.exit(asyncio.run(main()))
