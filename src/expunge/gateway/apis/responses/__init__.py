"""`/v1/responses`: what is asked (`asked`), what is answered (`answered`), and its streams (`streams`)."""
