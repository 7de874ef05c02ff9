"""docs/openapi.yaml as a judge: is this exchange one that it describes?"""

import json
import re
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import jsonschema
import yaml

PATH = Path(__file__).resolve().parents[2] / "docs/openapi.yaml"
MOUNTS = ("/openai/v1", "/openai", "/v1")


class Description:
    def __init__(self, text=None):
        self.document = yaml.safe_load(text or PATH.read_text())
        self.patterns = [
            (re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path)), path)
            for path in self.document["paths"]]

    def resolve(self, node):
        """`node`, or what it refers to. A reference may have a description beside it."""
        while isinstance(node, dict) and "$ref" in node:
            target = self.document
            for key in node["$ref"].removeprefix("#/").split("/"):
                target = target[key]
            node = target
        return node

    def operation(self, method, target):
        """The operation behind a request, or None."""
        path = urlsplit(target).path
        mount = next((one for one in MOUNTS if path.startswith(one + "/")), None)
        if mount:
            path = "/v1" + path[len(mount):]
        for pattern, name in self.patterns:
            if pattern.fullmatch(path):
                return self.document["paths"][name].get(method.lower())
        return None

    def schema_problems(self, schema, value, where):
        # The document is the root, so that references inside of the schema are found.
        root = {**schema, "components": self.document["components"]}
        validator = jsonschema.Draft202012Validator(root)
        for error in validator.iter_errors(value):
            yield f"{where}: {error.message} at {list(error.path)}"

    def key_order_problems(self, schema, value, where):
        """Keys arrive in the order in which the schema lists them."""
        schema = self.resolve(schema)
        for choice in schema.get("oneOf", []):
            if not list(self.schema_problems(choice, value, where)):
                schema = self.resolve(choice)
        if isinstance(value, list):
            for one in value:
                yield from self.key_order_problems(schema.get("items", {}), one, where)
        if not isinstance(value, dict):
            return
        known = schema.get("properties", {})
        listed = [key for key in known if key in value]
        if known and listed != list(value):
            yield f"{where}: the keys are {list(value)}, and not {listed}"
        for key in listed:
            yield from self.key_order_problems(schema["properties"][key], value[key], where)

    def problems(self, exchange):
        """What is wrong with one exchange, as sentences; none for a path that is not described."""
        operation = self.operation(exchange.method, exchange.target)
        if operation is None:
            if exchange.status not in (401, 404, 405):
                yield f"{exchange}: not described, and not refused"
            return
        if exchange.status < 400:
            yield from self.request_problems(operation, exchange)
        yield from self.response_problems(operation, exchange)

    def request_problems(self, operation, exchange):
        """What was accepted must have been described."""
        where = f"{exchange}, request"
        known = {parameter["name"]: parameter for parameter in
                 map(self.resolve, operation.get("parameters", []))}
        for name, text in parse_qsl(urlsplit(exchange.target).query):
            if name == "api-version":
                continue
            if name not in known:
                yield f"{where}: the parameter {name} is not described"
                continue
            schema = self.resolve(known[name]["schema"])
            value = int(text) if schema["type"] == "integer" else text
            yield from self.schema_problems(schema, value, where)
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            schema = content["application/json"]["schema"]
            yield from self.schema_problems(schema, json.loads(exchange.request.body), where)
        if "multipart/form-data" in content:
            schema = content["multipart/form-data"]["schema"]
            fields = self.form_fields(exchange.request, self.resolve(schema))
            yield from self.schema_problems(schema, fields, where)

    def form_fields(self, request, schema):
        """The fields of a form as values of the types that they are described with."""
        head = f"Content-Type: {request.header('content-type')}\r\n\r\n".encode()
        fields = {}
        for part in BytesParser().parsebytes(head + request.body).get_payload():
            # .NET quotes no names, and sends the name of a file twice.
            name = re.search(r'\bname="?([^";]*)', str(part["Content-Disposition"]))[1]
            name = name.replace("%5B", "[").replace("%5D", "]")
            known = self.resolve(schema["properties"].get(name, {}))
            text = "" if known.get("format") == "binary" else part.get_payload(decode=True).decode()
            kind = known.get("type")
            fields[name] = json.loads(text) if kind in ("integer", "object") else text
        return fields

    def response_problems(self, operation, exchange):
        where = f"{exchange}, answer"
        response = self.resolve(operation["responses"].get(str(exchange.status)))
        if response is None:
            yield f"{where}: the status is not described: {exchange.response.body[:200]!r}"
            return
        for name, header in response.get("headers", {}).items():
            header = self.resolve(header)
            value = exchange.response.header(name)
            if value is None:
                yield f"{where}: the header {name} is missing"
            else:
                yield from self.schema_problems(header["schema"], value, f"{where}, {name}")
        content = response.get("content", {})
        if not content:
            if exchange.response.body:
                yield f"{where}: it has a body"
            return
        kind = (exchange.response.header("content-type") or "").split(";")[0]
        if kind not in content:
            yield f"{where}: the content type {kind} is not described"
        elif kind == "application/json":
            schema = content[kind]["schema"]
            value = json.loads(exchange.response.body)
            yield from self.schema_problems(schema, value, where)
            yield from self.key_order_problems(schema, value, where)
