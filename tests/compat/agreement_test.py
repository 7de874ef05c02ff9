"""docs/openapi.yaml agrees with the published description wherever the live service does.

The facts below were read off the description of the OpenAI API that OpenAI publishes (OpenAPI
3.1.0, version 2.3.0), cut to Uploads and Files. They are facts alone; no text of it is kept here.
"""

import urllib.request

import pytest

from description import Description

# By method and path: the name of the object that is answered, and what the request must have.
VERBS = {
    ("post", "/v1/uploads"): ("Upload", {"filename", "purpose", "bytes", "mime_type"}),
    ("post", "/v1/uploads/{upload_id}/parts"): ("Part", {"data"}),
    ("post", "/v1/uploads/{upload_id}/complete"): ("Upload", {"part_ids"}),
    ("post", "/v1/uploads/{upload_id}/cancel"): ("Upload", set()),
    ("post", "/v1/files"): ("File", {"file", "purpose"}),
    ("get", "/v1/files"): ("FileList", set()),
    ("get", "/v1/files/{file_id}"): ("File", set()),
    ("delete", "/v1/files/{file_id}"): ("DeletedFile", set()),
    ("get", "/v1/files/{file_id}/content"): (None, set()),
}

# By object: the type of each property; those with a star are required.
OBJECTS = {
    "Upload": {"id*": "string", "created_at*": "integer", "filename*": "string",
               "bytes*": "integer", "purpose*": "string", "status*": "string",
               "expires_at*": "integer", "object": "string", "file": "object"},
    "Part": {"id*": "string", "created_at*": "integer", "upload_id*": "string",
             "object*": "string"},
    "File": {"id*": "string", "bytes*": "integer", "created_at*": "integer",
             "expires_at": "integer", "filename*": "string", "object*": "string",
             "purpose*": "string", "status*": "string", "status_details": "string"},
    "DeletedFile": {"id*": "string", "object*": "string", "deleted*": "boolean"},
    "FileList": {"object*": "string", "data*": "array", "first_id*": "string",
                 "last_id*": "string", "has_more*": "boolean"},
    "ErrorBody": {"code*": "string", "message*": "string", "param*": "string", "type*": "string"},
    "ExpiresAfter": {"anchor*": "string", "seconds*": "integer"},
    "CreateUploadRequest": {"filename*": "string", "purpose*": "string", "bytes*": "integer",
                            "mime_type*": "string", "expires_after": "object"},
    "CompleteUploadRequest": {"part_ids*": "array", "md5": "string"},
    "AddPartRequest": {"data*": "string"},
    "CreateFileRequest": {"file*": "string", "purpose*": "string", "expires_after": "object"},
}

# What we say otherwise, because the live service does.
OTHER_TYPES = {
    ("File", "status_details"): {"null"},  # Present, and null: nothing is processed.
    # A list without members has none to name.
    ("FileList", "first_id"): {"string", "null"},
    ("FileList", "last_id"): {"string", "null"},
    ("File", "expires_at"): {"integer", "null"},
    # Published with null, too.
    ("ErrorBody", "code"): {"string", "null"},
    ("ErrorBody", "param"): {"string", "null"},
    # Clients send null where they mean nothing.
    ("CompleteUploadRequest", "md5"): {"string", "null"},
    ("CreateUploadRequest", "expires_after"): {"object", "null"},
}

WORDS = {
    "purposes": {"assistants", "batch", "fine-tune", "vision", "user_data", "evals",
                 "assistants_output", "batch_output", "fine-tune-results"},
    "statuses": ["pending", "completed", "cancelled", "expired"],
}


@pytest.fixture(scope="module")
def ours():
    return Description()


def types_of(ours, schema):
    schema = ours.resolve(schema)
    if "anyOf" in schema:
        return set().union(*(types_of(ours, one) for one in schema["anyOf"]))
    kind = schema["type"]
    return {kind} if isinstance(kind, str) else set(kind)


@pytest.mark.parametrize("method, path", VERBS)
def test_a_published_verb_is_described(ours, method, path):
    answer, required = VERBS[method, path]
    operation = ours.document["paths"][path][method]
    content = ours.resolve(operation["responses"]["200"])["content"]
    if answer is None:
        assert list(content) == ["application/octet-stream"]
    else:
        assert content["application/json"]["schema"]["$ref"].endswith("/" + answer)
    bodies = operation.get("requestBody", {}).get("content", {}).values()
    asked = {key for body in bodies for key in ours.resolve(body["schema"])["required"]}
    assert asked == required


def test_lists_of_files_take_the_published_parameters(ours):
    parameters = {one["name"]: ours.resolve(one["schema"]) for one in
                  map(ours.resolve, ours.document["paths"]["/v1/files"]["get"]["parameters"])}
    assert set(parameters) == {"purpose", "limit", "order", "after"}
    assert (parameters["limit"]["type"], parameters["limit"]["default"]) == ("integer", 10000)
    assert parameters["order"]["enum"] == ["asc", "desc"]
    assert parameters["order"]["default"] == "desc"


@pytest.mark.parametrize("name", OBJECTS)
def test_a_published_object_has_its_properties(ours, name):
    schema = ours.document["components"]["schemas"][name]
    for published, kind in OBJECTS[name].items():
        key = published.rstrip("*")
        types = OTHER_TYPES.get((name, key), {kind})
        assert types_of(ours, schema["properties"][key]) == types, key
        if published.endswith("*"):
            assert key in schema["required"], key


def test_answers_have_no_other_properties(ours):
    for name in ("Upload", "Part", "File", "DeletedFile", "FileList", "ErrorBody"):
        schema = ours.document["components"]["schemas"][name]
        assert set(schema["properties"]) == {key.rstrip("*") for key in OBJECTS[name]}, name
        assert schema["additionalProperties"] is False


def test_words_and_limits_are_the_published_ones(ours):
    schemas = ours.document["components"]["schemas"]
    assert set(schemas["Purpose"]["enum"]) == WORDS["purposes"]
    assert schemas["Upload"]["properties"]["status"]["enum"] == WORDS["statuses"]
    seconds = schemas["ExpiresAfter"]["properties"]["seconds"]
    assert (seconds["minimum"], seconds["maximum"]) == (3600, 2592000)
    assert schemas["ExpiresAfter"]["properties"]["anchor"]["const"] == "created_at"


def test_the_server_serves_this_description_without_a_key(server):
    origin = server.base_url.removesuffix("/v1")
    with urllib.request.urlopen(f"{origin}/openapi.yaml") as answer:
        assert answer.headers["content-type"] == "application/yaml"
        assert Description(answer.read()).document == Description().document


def test_an_exchange_that_is_not_described_is_found(ours):
    """The judge itself: each of these is wrong in one way."""
    from wire_tap import Exchange, Message
    headers = [("x-request-id", "req_1"), ("x-content-type-options", "nosniff"),
               ("cache-control", "private, no-store")]
    json_type = [("content-type", "application/json")]
    body = b'{"status":"ok"}'
    good = Exchange("GET", "/healthz", Message(), 200, Message(headers + json_type, body))
    assert not list(ours.problems(good))
    for wrong in (
            Exchange("GET", "/healthz", Message(), 204, Message(headers)),
            Exchange("GET", "/healthz", Message(), 200, Message(headers[1:] + json_type, body)),
            Exchange("GET", "/healthz", Message(), 200, Message(headers + json_type, b'{"a":1}')),
            Exchange("GET", "/healthz", Message(), 200, Message(headers, body)),
            Exchange("GET", "/healthy", Message(), 200, Message(headers + json_type, body))):
        assert list(ours.problems(wrong)), wrong
    assert list(ours.key_order_problems(
        {"$ref": "#/components/schemas/DeletedFile"}, {"id": "x", "object": "file"}, "x"))
