"""The files of deploy/cluster say what the programs understand."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from fittingroom.distributed.settings import ClusterSettings, service_settings

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "cluster"


def documents(name: str) -> list[dict[str, Any]]:
    yaml = pytest.importorskip("yaml", reason="needs the extra 'cluster'")
    return list(yaml.safe_load_all((DEPLOY / name).read_text(encoding="utf-8")))


def test_the_serve_config_has_settings_that_exist() -> None:
    (config,) = documents("serve.yaml")
    (application,) = config["applications"]
    module, _, function = application["import_path"].partition(":")
    assert (module, function) == ("fittingroom.distributed.serving", "from_config")
    settings = service_settings(application["args"]["service"])
    cluster = ClusterSettings.of(application["args"]["cluster"])
    assert settings.models == ("default", "fast")
    assert cluster.min_replicas < cluster.max_replicas


def test_kubernetes_serves_the_same() -> None:
    yaml = pytest.importorskip("yaml", reason="needs the extra 'cluster'")
    service, job = documents("kuberay.yaml")
    assert (service["kind"], job["kind"]) == ("RayService", "RayJob")
    assert yaml.safe_load(service["spec"]["serveConfigV2"]) == documents("serve.yaml")[0]
    assert "--resume" in job["spec"]["entrypoint"]


def test_compose_has_a_head_and_a_worker_that_knows_it() -> None:
    services = documents("compose.yaml")[0]["services"]
    assert services["head"]["command"][0] == "head"
    assert services["worker"]["command"][0] == "worker"
    assert services["worker"]["environment"]["RAY_HEAD"] == "head:6379"


def test_the_entry_point_runs_other_words_as_a_command_and_names_what_is_missing() -> None:
    script = str(DEPLOY / "entrypoint.sh")
    said = subprocess.run(["sh", script, "echo", "a b"], capture_output=True, text=True, check=True)
    assert said.stdout == "a b\n"
    failed = subprocess.run(["sh", script, "worker"], capture_output=True, text=True, env={"PATH": "/bin"})
    assert failed.returncode != 0
    assert "RAY_HEAD is not set" in failed.stderr
