"""What the unit, the image and the compose file promise, as far as it can be seen without running them."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from monitor.daemon.settings.names import SETTINGS, find_setting

ROOT = Path(__file__).parent.parent
UNIT = ROOT / "systemd/spend-monitor.service"
COMMAND = ROOT / "systemd/spend-monitor.sh"
ENV_EXAMPLE = ROOT / "systemd/spend-monitor.env.example"
DOCKERFILE = ROOT / "deploy/Dockerfile"
COMPOSE = ROOT / "deploy/compose.yaml"
SECRETS = {setting.name for setting in SETTINGS if setting.secret}
# The daemon has no use for it, and is not given it.
OF_THE_APPLICATION = {"MONITOR_PROMPT_HASH_KEY"}


def unit(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(), re.MULTILINE)


def instructions() -> list[str]:
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return document


def commented_settings(text: str) -> list[str]:
    """Settings that a reader is invited to uncomment, `# NAME: value` or `#NAME=value`, and those already in force."""
    return re.findall(r"^[ #]*([A-Z][A-Z0-9_]{5,})(?:=|: )", text, re.MULTILINE)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here")
def test_the_unit_is_hardened() -> None:
    asked = [shutil.which("systemd-analyze") or "", "security", "--offline=true", "--threshold=20", str(UNIT)]
    answer = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False)
    if "unrecognized option" in answer.stderr:
        pytest.skip("this systemd-analyze is too old to judge a unit file")
    assert answer.returncode == 0, answer.stdout[-300:] + answer.stderr


def test_the_unit_restarts_whatever_happens_except_for_wrong_settings() -> None:
    assert unit("Type") == ["notify"]
    assert unit("Restart") == ["always"]
    assert unit("StartLimitIntervalSec") == ["0"]
    assert unit("RestartPreventExitStatus") == ["2"]
    assert unit("WatchdogSec") == ["3min"]


def test_every_secret_of_one_name_is_a_credential_that_may_be_missing() -> None:
    loaded = dict(line.split(":") for line in unit("LoadCredential"))
    assert {name.upper() for name in loaded} == {name for name in SECRETS - OF_THE_APPLICATION if "<" not in name}
    for name, source in loaded.items():
        assert source == f"spend-monitor.{name}", "a path here refuses the start when there is no such file"


def test_the_environment_examples_name_settings_that_exist() -> None:
    for file in (ENV_EXAMPLE, COMPOSE):
        names = commented_settings(file.read_text())
        assert names
        assert [name for name in names if find_setting(name) is None] == []


def test_the_environment_example_sets_nothing_by_itself() -> None:
    assert [line for line in ENV_EXAMPLE.read_text().splitlines() if line and not line.startswith("#")] == []


def test_commands_are_given_what_the_service_has() -> None:
    command = COMMAND.read_text()
    [started], [environment], [folder] = unit("ExecStart"), unit("EnvironmentFile"), unit("StateDirectory")
    assert f'{started.removesuffix(" run")} "$@"' in command
    assert f"--property=EnvironmentFile={environment} " in command
    assert f"--setenv=STATE_DIRECTORY=/var/lib/{folder} " in command
    assert f"--setenv=CREDENTIALS_DIRECTORY=/run/credentials/{UNIT.name} " in command


def test_the_image_is_small_compiled_and_runs_as_nobody_special() -> None:
    lines = instructions()
    assert [line.split()[1] for line in lines if line.startswith("FROM")] == ["python:3.13-slim"] * 2
    assert [line for line in lines if line.startswith("USER")][-1] == "USER 10001:10001"
    assert any("pip" in line and "--compile" in line for line in lines)
    assert 'ENTRYPOINT ["spend-monitor"]' in lines
    assert 'CMD ["run"]' in lines
    assert "VOLUME /var/lib/spend-monitor" in lines
    assert any("MONITOR_STATE_DIR=/var/lib/spend-monitor" in line for line in lines)


def test_the_health_check_needs_no_shell() -> None:
    [check] = [line for line in instructions() if line.startswith("HEALTHCHECK")]
    words = json.loads(check[check.index("[") :])
    assert words == ["spend-monitor", "status", "--health"]


def test_the_build_sees_only_what_the_wheel_is_made_of() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    assert {line for line in lines if line.startswith("!")} == {"!pyproject.toml", "!README.md", "!LICENSE", "!monitor"}


def test_compose_takes_every_right_away() -> None:
    service = compose()["services"]["spend-monitor"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108
    assert service["restart"] == "unless-stopped"
    assert "healthcheck" not in service, "the image has it"
    assert "ports" not in service, "nothing is open unless somebody opens it"
    assert service["volumes"] == ["state:/var/lib/spend-monitor"]
    assert (COMPOSE.parent / service["build"]["context"] / service["build"]["dockerfile"]).resolve() == DOCKERFILE


def test_compose_mounts_secrets_under_the_names_of_settings() -> None:
    document = compose()
    names = document["services"]["spend-monitor"]["secrets"]
    assert set(names) == set(document["secrets"])
    assert {name.upper() for name in names} <= SECRETS
    assert "secrets/" in (COMPOSE.parent / ".gitignore").read_text().split()


def test_compose_opens_the_page_to_this_machine_alone_once_its_marks_are_taken_off() -> None:
    lines = re.sub(
        r"^( *)# (?=MONITOR_LISTEN|ports|  - 127|- monitor|monitor_web|  file)",
        r"\1",
        COMPOSE.read_text(),
        flags=re.M,
    )
    document = yaml.safe_load(lines)
    service = document["services"]["spend-monitor"]
    assert service["environment"]["MONITOR_LISTEN"] == "0.0.0.0:9464"
    assert service["ports"] == ["127.0.0.1:9464:9464"]
    assert "monitor_web_token" in service["secrets"]
    assert set(service["secrets"]) == set(document["secrets"])
