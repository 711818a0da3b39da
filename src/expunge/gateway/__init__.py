"""A server between any client and any OpenAI-compatible endpoint, or one of Anthropic's API."""
