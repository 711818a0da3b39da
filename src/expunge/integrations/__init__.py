"""Middleware for agent frameworks: what their models, tools, retrievers and memories say passes an unlearner.

Each module needs the extra of its name, for example `expunge[langchain]`.
"""
