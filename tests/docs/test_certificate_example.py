"""The certificate in the documentation holds, and whoever has no expunge can check it as the page says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from expunge.certificate.checking import check
from expunge.certificate.page import page
from expunge.certificate.wording import plain_text
from expunge.registry.security.signing import read_public_key

DOCS = Path(__file__).resolve().parents[2] / "docs"
DATA = DOCS / "certificate-example.json"
KEY = DOCS / "certificate-example.pem"
ANEW = f"write it anew: expunge verify --check {DATA.name} --public-key {KEY.name} --out certificate-example"


def test_it_holds_and_tells_of_nobody() -> None:
    found = check(DATA, read_public_key(str(KEY)))
    assert found.holds
    assert found.document["verdict"] == "nothing disclosed"
    assert not found.document["includes_text"]
    assert "name" not in found.document["target"]


def test_page_and_text_are_those_of_its_data() -> None:
    document, key = json.loads(DATA.read_text(encoding="utf-8")), read_public_key(str(KEY))
    assert (DOCS / "certificate-example.html").read_text(encoding="utf-8") == page(document, key), ANEW
    assert (DOCS / "certificate-example.txt").read_text(encoding="utf-8") == plain_text(document, key), ANEW


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_script_in_the_page_checks_it(tmp_path: Path) -> None:
    script = re.search(r"^```py\n(.*?)^```", (DOCS / "certificate.md").read_text(encoding="utf-8"), re.DOTALL | re.M)
    assert script is not None
    (tmp_path / "check.py").write_text(script[1], encoding="utf-8")
    changed = tmp_path / "changed.json"
    changed.write_text(DATA.read_text(encoding="utf-8").replace('"hits": 50', '"hits": 51', 1), encoding="utf-8")
    codes = [
        subprocess.run([sys.executable, "check.py", file, KEY], cwd=tmp_path, capture_output=True).returncode
        for file in (DATA, changed)
    ]
    assert codes == [0, 1]
