"""What texts say of targets without naming them: facts in other words, titles, coined names and topics.

`index` keeps what segments mean, `statements` asks it about the texts of one request, and `embeddings` holds the
vectors that both compare.
"""
