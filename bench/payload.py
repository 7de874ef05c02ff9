"""What the load generator sends: random bytes that are made once and stay in the page cache."""

import hashlib
import random
import ssl
import subprocess

MIB = 1024 * 1024
PAYLOAD_BYTES = 512 * MIB
BLOCK_BYTES = 16 * MIB


class Payload:
    """A file of random bytes, and a certificate for the contestants that speak TLS."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "payload"
        self.certificate = folder / "certificate.pem"
        self.key = folder / "key.pem"

    def prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.path.exists() or self.path.stat().st_size != PAYLOAD_BYTES:
            with open(self.path, "wb") as file:
                for block in range(PAYLOAD_BYTES // BLOCK_BYTES):
                    file.write(random.Random(block).randbytes(BLOCK_BYTES))
        if not self.certificate.exists():
            self.make_certificate()
        self.warm()
        return self

    def make_certificate(self):
        """The same kind for everybody: ECDSA on P-256."""
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "3650", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
             "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True)

    def trust(self):
        """A context that trusts this certificate and no other."""
        return ssl.create_default_context(cafile=self.certificate)

    def warm(self):
        with open(self.path, "rb") as file:
            while file.read(BLOCK_BYTES):
                pass

    def sha256(self, size):
        """Of its first bytes, in hexadecimal."""
        digest, left = hashlib.sha256(), size
        with open(self.path, "rb") as file:
            while left:
                block = file.read(min(left, BLOCK_BYTES))
                digest.update(block)
                left -= len(block)
        return digest.hexdigest()
