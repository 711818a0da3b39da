"""`/v1/messages`, Anthropic's API: its requests (`request`), its replies (`reply`), and its streams (`stream`)."""
