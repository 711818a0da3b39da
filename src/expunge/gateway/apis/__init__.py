"""The knowledge of each API's endpoints: pure functions over its JSON, one file an endpoint."""
