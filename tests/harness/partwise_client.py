"""A client of the API over one connection, for tests that must see every byte and failure."""

import http.client
import json
import random

API_KEY = "pw-test-key-of-project-default"
BOUNDARY = "partwise-test-boundary"


class ServerGone(Exception):
    """The connection ended before an answer: whether the request was carried out is unknown."""


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body!r}")
        self.status = status
        self.body = body


def content_of(seed, size):
    """Content that can be made again instead of being kept."""
    return random.Random(seed).randbytes(size)


class Client:
    """Not thread-safe. Connects again after an answer that closed the connection."""

    def __init__(self, port, api_key=API_KEY):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Authorization": f"Bearer {api_key}"}

    def close(self):
        self.connection.close()

    def request(self, method, path, body=None, content_type="application/json", headers=None):
        headers = {**self.headers, **(headers or {})}
        if body is not None:
            headers["Content-Type"] = content_type
        try:
            self.connection.request(method, f"/v1{path}", body=body, headers=headers)
            answer = self.connection.getresponse()
            content = answer.read()
        except (http.client.HTTPException, OSError) as failure:
            self.connection.close()
            raise ServerGone(str(failure)) from failure
        if answer.status != 200:
            raise Refused(answer.status, content)
        return content

    def call(self, method, path, fields=None, headers=None):
        body = None if fields is None else json.dumps(fields)
        return json.loads(self.request(method, path, body, headers=headers))

    def create_upload(self, size, purpose="user_data", idempotency_key=None):
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else None
        return self.call("POST", "/uploads", {"bytes": size, "filename": "data.bin",
                                              "purpose": purpose, "mime_type": ""}, headers)["id"]

    def add_part(self, upload_id, content):
        head = (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"data\"; filename=\"p\"\r\n"
                "Content-Type: application/octet-stream\r\n\r\n").encode()
        body = head + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        answer = self.request("POST", f"/uploads/{upload_id}/parts", body,
                              f"multipart/form-data; boundary={BOUNDARY}")
        return json.loads(answer)["id"]

    def create_file(self, content, purpose):
        fields = (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n"
                  f"{purpose}\r\n--{BOUNDARY}\r\n"
                  "Content-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n").encode()
        body = fields + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        answer = self.request("POST", "/files", body, f"multipart/form-data; boundary={BOUNDARY}")
        return json.loads(answer)["id"]

    def complete(self, upload_id, part_ids):
        return self.call("POST", f"/uploads/{upload_id}/complete", {"part_ids": part_ids})

    def cancel(self, upload_id):
        return self.call("POST", f"/uploads/{upload_id}/cancel")

    def get_upload(self, upload_id):
        return self.call("GET", f"/uploads/{upload_id}")

    def list_parts(self, upload_id):
        return self.call("GET", f"/uploads/{upload_id}/parts")["data"]

    def content(self, file_id):
        return self.request("GET", f"/files/{file_id}/content")

    def delete_file(self, file_id):
        return self.call("DELETE", f"/files/{file_id}")
