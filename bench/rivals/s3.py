"""What is common to rivals that speak S3: signed requests, and multipart uploads as jobs."""

import hashlib
import hmac
import re
import time
from urllib.parse import quote

from contestants.contestant import Contestant, Job

ACCESS = "benchmark"
SECRET = "benchmark-secret"
REGION = "us-east-1"
BUCKET = "bench"
SIGN = {"kind": "sigv4", "access": ACCESS, "secret": SECRET, "region": REGION}
UNSIGNED = "UNSIGNED-PAYLOAD"


def signed_headers(method, path, query, host):
    """The headers of AWS Signature Version 4, without a digest of the body."""
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    headers = {"host": host, "x-amz-content-sha256": UNSIGNED, "x-amz-date": now}
    names = ";".join(headers)
    arguments = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}"
                         for name, value in sorted(query.items()))
    request = "\n".join([method, quote(path), arguments,
                         *(f"{name}:{value}" for name, value in headers.items()), "", names,
                         UNSIGNED])
    scope = f"{now[:8]}/{REGION}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope,
                      hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{SECRET}".encode()
    for word in scope.split("/"):
        key = hmac.digest(key, word.encode(), "sha256")
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    return arguments, {**headers, "authorization":
                       f"AWS4-HMAC-SHA256 Credential={ACCESS}/{scope},"
                       f"SignedHeaders={names},Signature={signature}"}


class S3Contestant(Contestant):
    """A contestant with one bucket. Its multipart uploads are aborted to empty it."""

    def __init__(self, tools):
        super().__init__(tools)
        self.uploads = []

    def ask(self, method, path, query=None, expect=(200,)):
        """The body of the answer. Errors: RuntimeError."""
        arguments, headers = signed_headers(method, path, query or {}, f"127.0.0.1:{self.port}")
        target = f"{path}?{arguments}" if arguments else path
        status, _, content = self.call(method, target, None, headers)
        if status not in expect:
            raise RuntimeError(f"{self.name}: {method} {target}: {status} {content[:300]!r}")
        return content.decode()

    def make_bucket(self):
        self.ask("PUT", f"/{BUCKET}")

    def create_upload(self):
        key = f"object-{len(self.uploads)}"
        answer = self.ask("POST", f"/{BUCKET}/{key}", {"uploads": ""})
        upload = re.search(r"<UploadId>([^<]+)</UploadId>", answer)[1]
        self.uploads.append((key, upload))
        return upload

    def part_job(self, size, uploads=1, **_):
        """UploadPart. One upload takes 10 000 parts; the numbers begin anew then."""
        upload = self.create_upload()
        key = self.uploads[-1][0]
        step = {"name": "part", "method": "PUT", "expect": [200], "sign": SIGN,
                "path": f"/{BUCKET}/{key}?partNumber=${{part}}&uploadId={upload}",
                "body": {"kind": "raw", "offset": 0, "bytes": size}}
        return Job([step], {"part": [str(number) for number in range(1, 10001)]}, size)

    def abort_job(self):
        create = {"name": "create", "method": "POST", "path": f"/{BUCKET}/pair-${{n}}?uploads=",
                  "expect": [200], "sign": SIGN,
                  "capture": {"id": {"after": "<UploadId>", "until": "<"}}}
        abort = {"name": "cancel", "method": "DELETE", "expect": [204], "sign": SIGN,
                 "path": f"/{BUCKET}/pair-${{n}}?uploadId=${{id}}"}
        return Job([create, abort])

    def clear(self):
        for key, upload in self.uploads:
            self.ask("DELETE", f"/{BUCKET}/{key}", {"uploadId": upload}, (204, 404))
        self.uploads = []
