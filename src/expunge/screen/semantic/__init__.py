"""Disclosures without a name: facts in other words, titles, coined names and topics.

`index` keeps the meaning of segments, `statements` compares the texts of one request with it, and `embeddings` holds
the vectors for both.
"""
