"""What the gateway knows of each OpenAI endpoint: pure functions over its JSON, one file an endpoint."""
