"""The OpenAPI document against the server: whatever fits it, or hardly does, gets an answer that it describes."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from imageloom.doors.http.app import openapi_document
from tests.hostile.house import HANG_SECONDS, House

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(openapi_document())
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations()]
IDS = [f"{operation.method} {operation.path}" for operation in OPERATIONS]


@pytest.fixture(scope="module")
def places(house: House) -> dict[str, Any]:
    """Things that exist, so that not every path leads nowhere. The lane of the illustrator rests: nothing is drawn."""
    batch = house.finished(house.server.submit(["a cat"]))
    (item,) = house.get(f"/api/batches/{batch['id']}/items")["items"]
    house.finished(house.post("/api/batches", {"prompts": ["a"], "plan": {"sizes": ["64x64"]}}))
    lane = next(lane["id"] for lane in house.get("/api/lanes") if lane["provider"] == "illustrator")
    house.post(f"/api/lanes/{lane}/pause")
    return {"batch_id": batch["id"], "item_id": item["id"], "asset_id": item["asset_id"]}


def attack(house: House, places: dict[str, Any], operation: Any, *, examples: int) -> None:
    strategy = operation.as_strategy()
    turn = 0

    @seed(1)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def run(case: Any) -> None:
        nonlocal turn
        turn += 1
        if turn % 2 and case.path_parameters:
            case.path_parameters.update({name: places[name] for name in case.path_parameters if name in places})
        case.call_and_validate(
            base_url=house.server.address["url"],
            headers={"Authorization": f"Bearer {house.token}"},
            checks=CHECKS,
            timeout=HANG_SECONDS,
        )

    run()


@pytest.mark.parametrize("operation", OPERATIONS, ids=IDS)
def test_answers_are_as_described(house: House, places: dict[str, Any], operation: Any) -> None:
    attack(house, places, operation, examples=15)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("operation", OPERATIONS, ids=IDS)
def test_many_answers_are_as_described(house: House, places: dict[str, Any], operation: Any) -> None:
    attack(house, places, operation, examples=400)


def test_the_lane_of_the_illustrator_runs_on(house: House) -> None:
    for batch in house.get("/api/batches?limit=500")["items"]:
        if batch["finished_at"] is None:
            house.ask("POST", f"/api/batches/{batch['id']}/cancel")
    # Some of those that were set here would stop what later tests order.
    for cap in house.get("/api/budgets")["items"]:
        house.ask("DELETE", f"/api/budgets/{cap['id']}")
    for quota in house.get("/api/quotas"):
        house.ask("DELETE", f"/api/quotas/{quota['id']}")
    for lane in house.get("/api/lanes"):
        house.post(f"/api/lanes/{lane['id']}/resume")
