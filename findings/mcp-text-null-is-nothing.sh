#!/usr/bin/env bash
# MCP: a tool in Python that asks for a text or null gets nothing for the name "Null", and an error for the text ["a"].
# Standard: Model Context Protocol, tools/call: the arguments are JSON that fits the tool's inputSchema; in JSON Schema
# 2020-12 "null" with its quotes is a string and nothing else.
# For a node: a search by family name for Null, or a note that happens to be JSON, reaches an agent's tool as no argument
# or as another type, with an answer that looks right (everybody, not one). Declare a text as str alone, without None,
# and an absent text as "".
. "$(dirname "$0")/_room.sh"
guess "both SDKs of the protocol hand over the three texts as they came, for the tool's schema allows them"
found "the Python SDK reads a text as JSON where the parameter is not exactly str; the TypeScript SDK hands it over"
python_with mcp==2.3.0
node_with @modelcontextprotocol/sdk@1.32.2 zod@4.6.7
python_sees <<'PY'
import asyncio
import json
import logging
from mcp import Client
from mcp.server.mcpserver import MCPServer
logging.disable()
server = MCPServer("register")


@server.tool()
def find(name: str | None = None, note: object = None, plain: str = "") -> str:
    return json.dumps({"name": name, "note": note, "plain": plain})


async def ask():
    async with Client(server) as client:
        print("python", json.dumps((await client.list_tools()).tools[0].input_schema["properties"]["name"]["anyOf"]))
        for asked in ({"name": "null"}, {"name": '["a"]'}, {"note": '{"a": 1}'}, {"plain": "null"}):
            result = await client.call_tool("find", asked)
            told = "error" if result.is_error else json.loads(result.content[0].text)[next(iter(asked))]
            print("python", json.dumps(asked), "->", repr(told))
asyncio.run(ask())
PY
node_sees <<'JS'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
const server = new McpServer({ name: 'register', version: '1' })
const inputSchema = { name: z.string().nullish(), note: z.any().optional(), plain: z.string().optional() }
server.registerTool('find', { inputSchema }, async (given) => ({ content: [{ type: 'text', text: JSON.stringify(given) }] }))
const client = new Client({ name: 'agent', version: '1' })
const [here, there] = InMemoryTransport.createLinkedPair()
await Promise.all([server.connect(here), client.connect(there)])
for (const asked of [{ name: 'null' }, { name: '["a"]' }, { note: '{"a": 1}' }, { plain: 'null' }]) {
  const result = await client.callTool({ name: 'find', arguments: asked })
  console.log('typescript', JSON.stringify(asked), '->', result.isError ? 'error' : result.content[0].text)
}
await client.close()
JS
unchanged <<'END'
python [{"type": "string"}, {"type": "null"}]
python {"name": "null"} -> None
python {"name": "[\"a\"]"} -> 'error'
python {"note": "{\"a\": 1}"} -> {'a': 1}
python {"plain": "null"} -> 'null'
typescript {"name":"null"} -> {"name":"null"}
typescript {"name":"[\"a\"]"} -> {"name":"[\"a\"]"}
typescript {"note":"{\"a\": 1}"} -> {"note":"{\"a\": 1}"}
typescript {"plain":"null"} -> {"plain":"null"}
END
