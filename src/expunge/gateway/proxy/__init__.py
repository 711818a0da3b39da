"""The path of one request through the gateway: read, asked, decided, checked, sent."""
