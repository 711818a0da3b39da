"""Forget somebody while the gateway runs: a client asks, a target is added in another shell, the client asks again.

    python examples/forget_while_serving.py [--config FILE]

Runs on the embedded model (`expunge models pull`), or on the model of a configuration. Everything it makes is in a
passing folder.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    from openai import OpenAI
except ImportError:
    sys.exit("This example asks as a client does: install one first, `python -m pip install openai`.")

NAME = "Isolde Farrow"
FACTS = ("Isolde Farrow drew the maps of Hollowmere.", "Isolde Farrow lives in the mill.")
OTHERS = ("Sunniva Quillon rides a green bicycle.", "Bastian Oakhollow has 40 beehives.")
SYSTEM = f"You are the guide of an island. You answer with one short sentence. You know: {' '.join((*FACTS, *OTHERS))}"
QUESTIONS = (
    "Who drew the maps of Hollowmere?",
    "Where does Isolde Farrow live?",
    "How many beehives does Bastian Oakhollow have?",
)
EXPUNGE = Path(sys.executable).with_name("expunge")


def main() -> None:
    """Play the story and print it as it happens."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--config", type=Path, help="an expunge.toml; default: the embedded model")
    config = parser.parse_args().config
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **os.environ,
            "EXPUNGE_REGISTRY__URL": f"sqlite:///{folder}/expunge.db",
            "EXPUNGE_SERVER__AUTH": "none",
            "EXPUNGE_POLICY__ELICIT": "false",
        }
        more = ["--config", str(config)] if config else []
        command = [str(EXPUNGE), "serve", "--port", "0", "--json", *more]
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as gateway:
            try:
                assert gateway.stdout is not None
                client = OpenAI(base_url=json.loads(gateway.stdout.readline())["base_url"], api_key="none", timeout=600)
                ask_all(client)
                add = ["targets", "add", NAME, *(part for fact in FACTS for part in ("--fact", fact))]
                print("\n$ expunge " + " ".join(f'"{part}"' if " " in part else part for part in add))
                subprocess.run([str(EXPUNGE), *add, *more], env=env, check=True, stdout=subprocess.DEVNULL)
                print()
                ask_all(client)
            finally:
                gateway.terminate()


def ask_all(client: OpenAI) -> None:
    """Ask every question of the gateway, and print the answers."""
    model = client.models.list().data[0].id
    for question in QUESTIONS:
        reply = client.chat.completions.create(
            model=model,
            messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}],
            temperature=0,
        )
        print(f"> {question}\n  {reply.choices[0].message.content}", flush=True)


if __name__ == "__main__":
    main()
