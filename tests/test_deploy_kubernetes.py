"""What is shipped for Kubernetes: held against the settings, the probes and the image that it names."""

import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from monitor.daemon.settings.names import SETTINGS, find_setting
from monitor.daemon.web.door import PROBES

HERE = Path(__file__).parents[1] / "deploy" / "kubernetes"
DOCKERFILE = (HERE.parent / "Dockerfile").read_text(encoding="utf-8")


def documents(name: str) -> dict[str, Any]:
    return {document["kind"]: document for document in yaml.safe_load_all((HERE / name).read_text(encoding="utf-8"))}


OBJECTS = documents("spend-monitor.yaml")
KUSTOMIZATION = documents("kustomization.yaml")["Kustomization"]
SERVICE_MONITOR = documents("servicemonitor.yaml")["ServiceMonitor"]
DEPLOYMENT = OBJECTS["Deployment"]["spec"]
POD = DEPLOYMENT["template"]["spec"]
[CONTAINER] = POD["containers"]
MOUNTS = {mount["name"]: mount["mountPath"] for mount in CONTAINER["volumeMounts"]}


def test_there_is_never_a_second_daemon_on_the_state() -> None:
    assert DEPLOYMENT["replicas"] == 1
    assert DEPLOYMENT["strategy"] == {"type": "Recreate"}


def test_every_right_is_taken_away() -> None:
    assert POD["automountServiceAccountToken"] is False
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_it_runs_as_the_user_of_the_image_on_the_folder_of_the_image() -> None:
    [user] = re.findall(r"^USER (\d+):\1$", DOCKERFILE, re.MULTILINE)
    context = POD["securityContext"]
    assert {context["runAsUser"], context["runAsGroup"], context["fsGroup"]} == {int(user)}
    assert f"VOLUME {MOUNTS['state']}\n" in DOCKERFILE
    assert f"MONITOR_STATE_DIR={MOUNTS['state']}\n" in DOCKERFILE


def test_the_settings_that_it_names_exist() -> None:
    text = (HERE / "spend-monitor.yaml").read_text(encoding="utf-8")
    names = re.findall(r"name: ([A-Z][A-Z0-9_]+)", text)
    assert "MONITOR_MONTHLY_BUDGET" in names
    assert [name for name in names if find_setting(name) is None] == []


def test_the_secrets_are_files_of_the_names_of_secret_settings_where_they_are_looked_for() -> None:
    secrets = {setting.name for setting in SETTINGS if setting.secret}
    [made] = KUSTOMIZATION["secretGenerator"]
    assert {Path(file).name.upper() for file in made["files"]} <= secrets
    assert MOUNTS["secrets"] == "/run/secrets"
    assert {"secretName": made["name"], "defaultMode": 0o440} in [volume.get("secret") for volume in POD["volumes"]]


def test_the_web_is_open_to_the_cluster_and_asks_for_a_token() -> None:
    environment = {variable["name"]: variable["value"] for variable in CONTAINER["env"]}
    [port] = CONTAINER["ports"]
    assert environment["MONITOR_LISTEN"] == f"0.0.0.0:{port['containerPort']}"
    assert "secrets/monitor_web_token" in KUSTOMIZATION["secretGenerator"][0]["files"]
    assert OBJECTS["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]


def test_the_probes_ask_for_what_is_open_without_a_token() -> None:
    asked = {CONTAINER[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
    assert asked == set(PROBES)


def test_prometheus_finds_the_service_and_the_token_in_the_secret_as_it_is_named() -> None:
    [endpoint] = SERVICE_MONITOR["spec"]["endpoints"]
    token = endpoint["authorization"]["credentials"]
    assert SERVICE_MONITOR["spec"]["selector"]["matchLabels"] == OBJECTS["Service"]["metadata"]["labels"]
    assert endpoint["port"] == OBJECTS["Service"]["spec"]["ports"][0]["name"]
    assert f"secrets/{token['key']}" in KUSTOMIZATION["secretGenerator"][0]["files"]
    assert token["name"] == KUSTOMIZATION["secretGenerator"][0]["name"]
    assert KUSTOMIZATION["generatorOptions"] == {"disableNameSuffixHash": True}


def test_the_image_is_of_this_release() -> None:
    [image] = KUSTOMIZATION["images"]
    assert image["name"] == CONTAINER["image"]
    assert image["newTag"] == version("spend-monitor")


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed here")
def test_kustomize_makes_the_objects_with_the_secrets_in_them(tmp_path: Path) -> None:
    folder = tmp_path / "kubernetes"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("secrets"))
    for file in KUSTOMIZATION["secretGenerator"][0]["files"]:
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text("a secret")

    built = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, timeout=30, check=True)

    made = {document["kind"]: document for document in yaml.safe_load_all(built.stdout)}
    assert set(made) == {*OBJECTS, "Secret"}
    [container] = made["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"{KUSTOMIZATION['images'][0]['newName']}:{KUSTOMIZATION['images'][0]['newTag']}"
    assert made["Secret"]["metadata"]["name"] == "spend-monitor"
