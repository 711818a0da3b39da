from __future__ import annotations

import re
from pathlib import Path

import pytest

from expunge.errors import ConfigError
from expunge.settings import PolicySettings, Settings, TenantSettings


def load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "expunge.toml"
    path.write_text(text, encoding="utf-8")
    return Settings.load(path)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_file_need_not_exist() -> None:
    settings = Settings.load()
    assert settings.registry.url == "sqlite:///expunge.db"
    assert (settings.policy.variants, settings.policy.keep, settings.policy.threshold) == (5, 3, 4.0)
    assert settings.policy.profile == "screened"
    assert settings.policy.refusal == "auto"
    assert settings.models.of("critic").is_default


def test_every_key_of_the_design(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """
        [registry]
        url = "sqlite:///x.db"
        [models.default]
        path = "weights.gguf"
        [models.vanilla]
        base_url = "http://127.0.0.1:9101/v1"
        model = "name"
        api_key_env = "OPENAI_API_KEY"
        [embeddings]
        base_url = "http://127.0.0.1:9102/v1"
        model = "e"
        [policy]
        profile = "paper"
        agents = "rules"
        variants = 4
        keep = 2
        threshold = 3.5
        elicit = false
        allow_echo = true
        refusal = "mirror"
        refusals = ["No idea."]
        [server]
        host = "127.0.0.1"
        port = 8000
        auth = "none"
        stream = "incremental"
        """,
    )
    assert settings.models.of("vanilla").model == "name"
    assert settings.models.of("composer").path == Path("weights.gguf")
    assert settings.policy.refusals == ("No idea.",)
    assert settings.policy.refusal == "mirror"
    assert settings.server.stream == "incremental"


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPUNGE_POLICY__KEEP", "1")
    monkeypatch.setenv("EXPUNGE_KEY", "secret words")
    settings = load(tmp_path, "[policy]\nkeep = 2\nvariants = 4\n")
    assert (settings.policy.keep, settings.policy.variants) == (1, 4)
    assert settings.key is not None
    assert "secret words" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[polcy]\nkeep = 1", "polcy"),
        ("[policy]\nthreshhold = 4", "Did you mean threshold?"),
        ("[models.vanila]\nmodel = 'x'", "Did you mean vanilla?"),
        ("[models.vanilla]\nurl = 'x'", "Did you mean base_url?"),
        ("[models.vanilla]\napi_key = 'x'", "Did you mean api_key_env?"),
        ("base_url = 'x'", "Did you mean models.default.base_url?"),
        ("[server]\nkeep = 1", "Did you mean policy.keep?"),
        ("[server]\nfloor = 1", "Did you mean min_response_seconds?"),
        ("[server]\ngrace = 1", "Did you mean shutdown_timeout?"),
        ("[policy]\necho = true", "Did you mean allow_echo?"),
        ("[policy]\nzzzz = 1", "Known keys are profile, agents"),
        ("[policy]\nkeep = 9", "keep must not exceed"),
        ("[policy]\nagents = 'magic'", "policy.agents"),
        ("[policy]\nrefusals = []", "refusals"),
        ("[policy]\nrefusal = 'polite'", "policy.refusal"),
        ("[models.vanilla]\nbase_url = 'ftp://x'", "http://"),
        ("[models.vanilla]\nbase_url = 'http://x'\npath = 'y.gguf'", "give either"),
        ("[server]\nport = 99999", "server.port"),
        (
            "[server]\nmin_response_seconds = 61",
            "server.min_response_seconds is wrong: use a number of seconds from 0 to 60",
        ),
        ("[server]\nmin_response_seconds = nan", "from 0 to 60"),
        ("[server]\nmin_response_seconds = 'soon'", 'server.min_response_seconds is wrong: use "auto" or'),
        ("not toml", "not valid TOML"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, text)
    assert says in str(raised.value)
    assert str(raised.value).count("\n") == 0


@pytest.mark.parametrize(("given", "read"), [("'auto'", "auto"), ("0", 0), ("1.5", 1.5)])
def test_the_least_time_is_measured_or_a_number(tmp_path: Path, given: str, read: object) -> None:
    assert load(tmp_path, f"[server]\nmin_response_seconds = {given}").server.min_response_seconds == read


def test_a_named_file_must_exist() -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        Settings.load("missing.toml")


def test_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe[x]")
    with pytest.raises(ConfigError, match="cannot be read"):
        Settings.load(tmp_path / "x.toml")


def test_an_api_key_must_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    settings = load(tmp_path, "[models.vanilla]\nbase_url = 'http://x'\nmodel='m'\napi_key_env = 'NO_SUCH_KEY'")
    with pytest.raises(ConfigError, match="NO_SUCH_KEY"):
        settings.models.of("vanilla").api_key()
    monkeypatch.setenv("NO_SUCH_KEY", "k")
    assert settings.models.of("vanilla").api_key() == "k"


def test_the_cache_folder_can_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXPUNGE_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    assert Settings.load().cache() == tmp_path / "c" / "expunge"
    monkeypatch.setenv("EXPUNGE_CACHE_DIR", str(tmp_path / "d"))
    assert Settings.load().cache() == tmp_path / "d"


def test_a_tenant_has_a_policy_of_its_own() -> None:
    settings = Settings(policy=PolicySettings(keep=2), tenants={"acme": TenantSettings(policy={"variants": 9})})
    assert (settings.policy_of("acme").keep, settings.policy_of("acme").variants) == (2, 9)
    assert settings.policy_of("another") == settings.policy


@pytest.mark.parametrize(
    ("tenants", "says"),
    [
        (
            "[tenants.acme]\npolicy = { kep = 2 }",
            "unknown key tenants.acme.policy.kep; remove it or correct its name. Did you mean keep?",
        ),
        ("[tenants.acme]\npolicy = { keep = 99 }", "key tenants.acme.policy.keep is wrong: "),
        ('[tenants."Ac me"]\npolicy = {}', "is not a valid tenant name"),
        ("[tenants.acme]\npolicy = { keep = 6 }", "key tenants.acme.policy is wrong: keep must not exceed"),
        (
            "[tenants.acme]\npolcy = {}",
            "unknown key tenants.acme.polcy; remove it or correct its name. Did you mean policy",
        ),
        ("[tenants.acme]\nkeep = 1", "Did you mean policy.keep?"),
    ],
)
def test_a_tenant_that_is_wrong(tmp_path: Path, tenants: str, says: str) -> None:
    file = tmp_path / "expunge.toml"
    file.write_text(tenants, encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(says)):
        Settings.load(file)


def test_meaning_is_sieved_or_thorough(tmp_path: Path) -> None:
    assert Settings.load().policy.meaning == "sieved"
    assert load(tmp_path, '[policy]\nmeaning = "thorough"\n').policy.meaning == "thorough"
    with pytest.raises(ConfigError):
        load(tmp_path, '[policy]\nmeaning = "quick"\n')


@pytest.mark.parametrize(
    ("name", "hint"), [("EXPUNGE_REGISTY__URL", "EXPUNGE_REGISTRY__"), ("expunge_servr__auth", "EXPUNGE_SERVER__")]
)
def test_a_misspelt_section_in_the_environment(name: str, hint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "none")
    with pytest.raises(ConfigError, match=hint):
        Settings.load()


def test_what_kubernetes_tells_of_a_service_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPUNGE_PORT", "tcp://10.0.0.1:8000")
    assert Settings.load() == Settings()


def test_streams_under_their_old_names(tmp_path: Path) -> None:
    assert load(tmp_path, "[server]\nstream = 'progressive'").server.stream == "incremental"
    assert load(tmp_path, "[server]\nstream = 'decided'").server.stream == "buffered"


ANTHROPIC = 'api = "anthropic"\nbase_url = "http://127.0.0.1:9/v1"\n'


def test_only_vanilla_may_speak_anthropics_api(tmp_path: Path) -> None:
    assert load(tmp_path, f"[models.vanilla]\n{ANTHROPIC}").models.of("vanilla").api == "anthropic"
    for section in ("models.default", "models.audit_erase", "models.critic", "models.composer", "embeddings"):
        with pytest.raises(ConfigError, match=r"is for models\.vanilla only"):
            load(tmp_path, f"[{section}]\n{ANTHROPIC}")
    with pytest.raises(ConfigError, match="requires base_url"):
        load(tmp_path, '[models.vanilla]\napi = "anthropic"')
    with pytest.raises(ConfigError, match="models"):
        load(tmp_path, '[models.vanilla]\napi = "gemini"')
