"""`/v1/chat/completions`: its requests (`request`), its replies (`reply`), and its streams (`stream`)."""
