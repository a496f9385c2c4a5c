from __future__ import annotations

import pytest

from fittingroom.distributed.settings import ClusterSettings, service_document, service_settings
from fittingroom.errors import ConfigError
from fittingroom.service.settings import ServiceSettings


def test_settings_survive_a_file() -> None:
    settings = ServiceSettings(models=("fast",), queue_size=20, allowed_hosts=("a", "b"))
    assert service_settings(service_document(settings)) == settings


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"replicas": 3}, "unknown setting replicas; known are min_replicas"),
        ({"min_replicas": 0}, "at least 1"),
        ({"min_replicas": 5, "max_replicas": 2}, "at least 5"),
        ({"cpus": -1}, "above 0"),
        ({"max_replicas": "many"}, "expected a number"),
        ({"doors": 1.5}, "expected a number"),
    ],
)
def test_a_setting_of_the_cluster_that_is_not_possible_is_named(values: dict[str, float], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        ClusterSettings.of(values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"colour": "red"}, "unknown setting colour of the service"),
        ({"queue_size": "many"}, "expected a number"),
        ({"queue_size": 2}, "max_photos is 16"),
    ],
)
def test_a_setting_of_the_service_that_is_not_possible_is_named(values: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        service_settings(values)
