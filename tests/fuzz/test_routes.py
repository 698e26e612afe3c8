"""Every address of the website with hostile forms, bodies and paths: no 5xx but an honest 503, and no value repeated."""

from __future__ import annotations

import json
import os
import re
import time
import uuid
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from sarcoma.exchange.cds_hooks import prefetch_templates
from sarcoma.patient import field_specs
from sarcoma.web import api, create_app, fhir
from sarcoma.web.cds_settings import CdsClient, CdsHooks, CdsSettings
from sarcoma.web.tokens import ClientKey, Tokens

ASKED = int(os.environ.get("FUZZ_INPUTS", "0"))
KAPUTT = "MARKER-7f3a"
KEY = ec.generate_private_key(ec.SECP384R1())
SETTINGS = CdsSettings(
    address="https://outlook.example.org",
    clients=(CdsClient(issuer="https://ehr.example.org", keys=("ehr.pem",)),),
    origins=("https://ehr.example.org",),
)
TOKENS = Tokens({"https://ehr.example.org": [ClientKey(KEY.public_key(), "ES384")]})
APP = create_app(pdfs_a_minute=600_000, cds_hooks=CdsHooks(SETTINGS, TOKENS))
ROUTES = sorted(
    {
        (method, route.path)
        for route in (*APP.routes, *api.router.routes, *fhir.router.routes)
        for method in (getattr(route, "methods", None) or ())
        if method in ("GET", "POST") and not re.match(r"/(es|static)(/|$)", getattr(route, "path", ""))
    }
    | {("GET", "/es/"), ("POST", "/es/situation")}
)
VALUES = (
    "", "0", "-1", "62", "7", "1e308", "nan", "9" * 300, "é" * 100, "\x00", "\x1b[31m", "\u202e", "<b>x</b>", "{{7*7}}",
    "lung", "lung@14", "yes", "no", "unknown", "none", "G3", "leiomyosarcoma", "lower-limb", "2025-01-01", "' or 1=1", KAPUTT,
)  # fmt: skip
FIELDS = (
    *field_specs(),
    "self",
    "",
    "organ",
    "metastasis_months",
    "question",
    "country",
    "lang",
    "months",
    "to",
    "since",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=6,
)


def authorization(path: str) -> dict[str, str]:
    """A good token where one is needed, so that what stands behind it is reached."""
    if not path.startswith("/cds-services"):
        return {}
    now = int(time.time())
    claims = {"iss": "https://ehr.example.org", "aud": SETTINGS.address + path, "iat": now, "exp": now + 60}
    return {"authorization": "Bearer " + jwt.encode(claims | {"jti": uuid.uuid4().hex}, KEY, "ES384")}


BUNDLES = st.fixed_dictionaries(
    {"resourceType": st.sampled_from(["Bundle", "Patient", "", None])},
    optional={
        "entry": st.lists(
            st.fixed_dictionaries(
                {"resource": st.dictionaries(
                    st.sampled_from(
                        ["resourceType", "id", "subject", "code", "birthDate", "status", "component", "extension"]
                    ),
                    JSON | st.sampled_from(["Patient", "Condition", "Observation", "Procedure"]),
                    max_size=5,
                )}
            ) | JSON,
            max_size=4,
        )
    },
)  # fmt: skip
HOOKS = st.fixed_dictionaries(
    {
        "hook": st.just("patient-view") | JSON,
        "hookInstance": st.just("x") | JSON,
        "context": st.just({"userId": "u", "patientId": KAPUTT}) | JSON,
        "prefetch": st.dictionaries(st.sampled_from([*prefetch_templates()]), BUNDLES | JSON, max_size=8) | JSON,
    }
)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(APP, follow_redirects=False, raise_server_exceptions=False) as found:
        yield found


def address(path: str, part: str) -> str:
    from urllib.parse import quote

    return re.sub(r"\{[^}]*\}", lambda _: quote(part, safe="") or "x", path)


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=str)
def test_an_address_answers(method: str, path: str, client: TestClient) -> None:
    pdf = path.endswith(".pdf")

    @settings(
        max_examples=max(2 if pdf else 4, ASKED // len(ROUTES) // (20 if pdf else 1)),
        derandomize=not ASKED,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        part=st.sampled_from([*VALUES, "..", "%2e%2e", "a/b"]),
        form=st.lists(st.tuples(st.sampled_from(FIELDS), st.sampled_from(VALUES)), max_size=6),
        data=HOOKS | JSON if path.startswith("/cds") else BUNDLES | JSON if "fhir" in path else JSON,
        as_json=st.booleans(),
        query=st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(VALUES), max_size=2),
    )
    def of_body(part: str, form: list[Any], data: Any, as_json: bool, query: dict[str, str]) -> None:
        from urllib.parse import urlencode

        where = address(path, part)
        if method == "GET":
            got = client.get(where, params=query)
        elif as_json or path.startswith(("/api/", "/cds")):
            headers = {"content-type": "application/json"} | authorization(path)
            got = client.post(where, content=json.dumps(data), headers=headers)
        else:
            kind = {"content-type": "application/x-www-form-urlencoded"}
            got = client.post(where, content=urlencode(form), headers=kind)
        assert got.status_code < 500 or (got.status_code == 503 and "retry-after" in got.headers), got.status_code
        if got.status_code >= 400:
            named = method == "GET" and KAPUTT in part  # the name of an entry in the address
            assert named or KAPUTT not in re.sub(r'(?<= value=)"[^"<>]*"', "", got.text), "outside the field itself"
            assert "\x1b" not in got.text

    of_body()


def test_every_address_is_found() -> None:
    assert len(ROUTES) > 30
    assert {("POST", "/situation"), ("POST", "/api/outlook"), ("GET", "/understand")} <= set(ROUTES)
    assert {("POST", "/api/fhir/outlook"), ("POST", "/cds-services/sarcoma-outlook"), ("GET", "/cds-services")} <= {
        *ROUTES
    }
