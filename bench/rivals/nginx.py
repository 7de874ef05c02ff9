"""nginx: uploads by WebDAV PUT, downloads by sendfile."""

import os
import pwd
import re
import subprocess

from contestants.contestant import Contestant, Job, remove_content
from partwise_server import free_port
from processes import Child

# What its documentation advises for many and large bodies: a worker for each core, no logs, no
# limit of the body, a temporary path on the volume of the files, so that a PUT ends in a rename;
# sendfile with tcp_nopush for downloads; connections that are kept alive. The buffer is larger than
# the default of 16 KiB, because that made it faster here.
CONFIGURATION = """\
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
worker_processes auto;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  default_type application/octet-stream;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_requests 10000000;
  client_max_body_size 0;
  client_body_buffer_size 1m;
  client_body_temp_path {folder}/incoming;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port}{tls};
    {certificate}
    root {folder}/files;
    location / {{
      dav_methods PUT DELETE;
      create_full_put_path on;
    }}
  }}
}}
"""


class Nginx(Contestant):
    name = "nginx"
    speaks_tls = True
    note = "WebDAV PUT of raw bodies, worker_processes auto; it never syncs"

    def require(self):
        self.program = self.tools.debian("nginx", "nginx")

    def version(self):
        said = subprocess.run([self.program, "-v"], capture_output=True, text=True, check=False)
        return re.search(r"nginx/(\S+)", said.stderr)[1]

    def start(self, setting):
        self.folder, self.tls, self.port = setting.folder, setting.tls, free_port()
        for name in ("files", "incoming"):
            (self.folder / name).mkdir(parents=True)
        account = pwd.getpwuid(os.geteuid()).pw_name
        certificate = (f"ssl_certificate {setting.payload.certificate};"
                       f" ssl_certificate_key {setting.payload.key};" if setting.tls else "")
        configuration = self.folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(
            folder=self.folder, port=self.port, tls=" ssl" if setting.tls else "",
            user=f"user {account};" if os.geteuid() == 0 else "", certificate=certificate))
        self.child = Child([self.program, "-p", self.folder, "-e", self.folder / "error.log",
                            "-c", configuration], self.folder / "output.log")
        self.child.wait_until(self.answers, 10)
        return self

    def part_job(self, size, **_):
        return Job([{"name": "part", "method": "PUT", "path": "/part-${n}", "expect": [201, 204],
                     "body": {"kind": "raw", "offset": 0, "bytes": size}}], {}, size)

    def clear(self):
        remove_content(self.folder / "files")
