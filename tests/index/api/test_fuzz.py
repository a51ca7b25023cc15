# SPDX-License-Identifier: AGPL-3.0-only
"""Whatever is asked, the answer is what the OpenAPI document says, and never the server's fault."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from index.api.asked import addresses, things
from index.api.conftest import Indexed

pytestmark = pytest.mark.chain


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def test_every_address_answers_real_questions_as_described(api: Indexed) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", api.client.app)
    assert len(api.client.json("/openapi.json")["paths"]) > 35
    for mutual in (api.single, api.rounds):
        for path, url in addresses(api.client, mutual).items():
            response = api.client.get(url)
            assert response.status_code == 200 or (mutual == api.single and path.endswith("/rounds/{round_number}"))
            schema[path]["GET"].validate_response(response)


def _fuzz(index: Indexed, examples: int) -> None:
    """Asks each route what the description allows, and what it forbids; of the former half for things that exist."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", index.client.app)
    real = [None, things(index.client, index.single), things(index.client, index.rounds)]
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        _ask(operation, GenerationMode.POSITIVE, real, examples)
        if list(operation.iter_parameters()):
            _ask(operation, GenerationMode.NEGATIVE, real, examples)


def _ask(
    operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, real: list[dict[str, Any] | None], examples: int
) -> None:
    @_settings(examples)
    @given(case=operation.as_strategy(generation_mode=mode), chosen=st.sampled_from(real))
    def ask(case: schemathesis.Case[Any], chosen: dict[str, Any] | None) -> None:
        if chosen is not None and mode is GenerationMode.POSITIVE:
            case.path_parameters = {name: chosen[name] for name in case.path_parameters or {}}
        query = case.query or {}
        form = f"{query.get('format')} {case.headers}"
        whole = "csv" in form or "parquet" in form
        # What only a page before can tell, and what only one form of an answer has, no description can say.
        odd = "cursor" in query or ("limit" in query and whole)
        case.call_and_validate(excluded_checks=[positive_data_acceptance] if odd else [])

    ask()


def test_no_question_finds_a_fault(api: Indexed) -> None:
    _fuzz(api, 5)


def test_no_question_finds_a_fault_on_postgresql(api_postgres: Indexed) -> None:
    _fuzz(api_postgres, 2)


@pytest.mark.deep
@pytest.mark.timeout(3_600)
def test_very_many_questions_find_no_fault(api: Indexed, api_postgres: Indexed) -> None:
    _fuzz(api, 300)
    _fuzz(api_postgres, 100)


@_settings(300)
@given(text=st.text(max_size=80), raw=st.binary(max_size=60))
def test_no_cursor_does_harm(api: Indexed, text: str, raw: bytes) -> None:
    made = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    for cursor in (text, made):
        answer = api.client.ask("GET", f"{api.rounds}/flows", params={"cursor": cursor})
        assert answer.status_code == 400
