"""An OpenAI-compatible server between any client and any OpenAI-compatible endpoint."""
