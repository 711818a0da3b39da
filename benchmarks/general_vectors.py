"""Works out the vectors of the general questions that ship, under the embedded model.

`python -m benchmarks.general_vectors` is to be run when the questions or the model change; it writes
`screen/semantic/general_vectors.npz` in the source tree.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from expunge.models.base import EmbeddingModel
from expunge.models.embeddings import EmbeddedEmbeddings
from expunge.screen import semantic
from expunge.screen.semantic.negatives import general_samples, pack

FILE = Path(semantic.__file__).with_name("general_vectors.npz")


async def packed(model: EmbeddingModel) -> bytes:
    """The file of the vectors under a model.

    Raises:
        ModelError: if it fails.
    """
    samples = general_samples()
    return pack(model.name, samples, await model.embed(samples.texts))


if __name__ == "__main__":
    FILE.write_bytes(asyncio.run(packed(EmbeddedEmbeddings())))
    print(f"Written: {FILE}")
