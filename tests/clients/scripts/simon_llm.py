"""What the `llm` package makes of an endpoint's answers, by the models file that its users write."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path


def ask(base_url: str, question: str) -> dict[str, object]:
    """Ask streamed and whole, and once more in the same conversation; tell what came back."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LLM_USER_PATH"] = folder
        Path(folder, "extra-openai-models.yaml").write_text(
            f"- model_id: island\n  model_name: island-1\n  api_base: {base_url}\n", encoding="utf-8"
        )
        import llm

        model = llm.get_model("island")
        model.key = "sk-none"
        talk = model.conversation()
        first = talk.prompt(question, stream=True)
        streamed = "".join(first)
        return {
            "text": model.prompt(question, stream=False).text(),
            "streamed": streamed,
            "again": talk.prompt(question, stream=False).text(),
        }


print(json.dumps([ask(sys.argv[1], question) for question in sys.argv[2:]]))
