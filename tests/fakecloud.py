#!/usr/bin/python3
"""fakecloud.py DIR [CERTIFICATE]: a cloud that does as it is told.

Listens on a port of 127.0.0.1, written to DIR/port, with TLS if there is a file
of a certificate and its key.  DIR/script has one JSON object a line, each for
so many requests ("times", 1), the last one for all that follow:

  status, headers, body    what to answer; body may be any JSON
  run                      a command that gets the request's body on its input;
                           body "out" is what it prints, "wait" waits for its end
  delay                    seconds before the answer
  after                    answer when so many have asked, or 30 seconds later
  close                    answer nothing

What was asked is in DIR/requests, one JSON object a line.
"""
import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
import time

DIR = sys.argv[1]
MARK = dict(os.environ, SV_TEST_MARK=os.environ.get("SV_CLOUD_MARK", ""))
LOCK = threading.Lock()
NOW = [0]


def next_step():
    """The step of the script that is next, read anew."""
    with open(os.path.join(DIR, "script")) as f:
        steps = [json.loads(line) for line in f if line.strip()]
    n = NOW[0]
    NOW[0] += 1
    for step in steps:
        n -= step.get("times", 1)
        if n < 0:
            return step
    return steps[-1]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with LOCK:
            step = next_step()
            with open(os.path.join(DIR, "requests"), "a") as f:
                f.write(json.dumps({
                    "method": self.command, "path": self.path, "time": time.time(),
                    "port": self.client_address[1],
                    "headers": {k.lower(): v for k, v in self.headers.items()},
                    "body": body.decode()}) + "\n")
        out = b""
        if "run" in step:
            child = subprocess.Popen(step["run"], shell=True,
                                     env=MARK, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE)
            child.stdin.write(body)
            child.stdin.close()
            if step.get("wait"):
                out = child.stdout.read()
                child.wait()
        time.sleep(step.get("delay", 0))
        end = time.time() + 30
        while NOW[0] < step.get("after", 0) and time.time() < end:
            time.sleep(0.05)
        if step.get("close"):
            self.close_connection = True
            return
        self.answer(step, out)

    do_GET = do_POST

    def answer(self, step, out):
        text = step.get("body", "")
        if text == "out":
            data = out
        elif isinstance(text, str):
            data = text.encode()
        else:
            data = json.dumps(text).encode()
        try:
            self.send_response(step.get("status", 200))
            for name, value in step.get("headers", {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            self.close_connection = True

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, *args):
        pass


server = Server(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
with open(os.path.join(DIR, "port.new"), "w") as port:
    port.write(str(server.server_address[1]))
os.rename(os.path.join(DIR, "port.new"), os.path.join(DIR, "port"))
server.serve_forever()
