"""`/v1/responses`: its requests (`request`), its replies (`reply`), and its streams (`stream`)."""
