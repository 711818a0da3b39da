"""`expunge mcp`: a proxy before an MCP server that takes targets out of what the server tells an agent."""
