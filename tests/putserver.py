#!/usr/bin/env python3
"""A web server that takes files, for the tests of uploads.

	putserver.py [--log FILE] DIR PORTFILE

keeps what is PUT in DIR, without directories, and gives it back; on a port of
127.0.0.1, which PORTFILE is given.  The first part of a path says how:

	/good/FILE	PUT, HEAD, GET with ranges, DELETE
	/third/FILE	as good, but each third request fails: 500, or 503 with
			Retry-After, or cut off in the middle, or after it was done
	/broken/FILE	500, each time
	/denied/FILE	403 before the body is read; DELETE, too
	/short/FILE	keeps but half of a body, and says nothing of it
	/gone/FILE	says 201, and keeps nothing
	/blind/FILE	as good, but HEAD and DELETE are not allowed
	/silent/FILE	takes the body, and never answers

The log has a line for each request.
"""
import argparse
import http.server
import os
import re
import select
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def answer(self, status, body=b'', more=(), length=None):
        self.send_response(status)
        for name, value in more:
            self.send_header(name, value)
        self.send_header('Content-Length',
                         str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def cut(self):
        self.close_connection = True

    def take(self, n):
        """Up to n bytes of the body."""
        body = b''
        while len(body) < n:
            piece = self.rfile.read(min(n - len(body), 1 << 16))
            if not piece:
                break
            body += piece
        return body

    def begin(self):
        """How, the file's path, and the fault of this request, if any."""
        _, how, name = self.path.split('/', 2)
        s = self.server
        fault = None
        with s.lock:
            print(self.command, self.path, file=s.log, flush=True)
            if how == 'third':
                s.n += 1
                if s.n % 3 == 0:
                    fault = s.n // 3 % 4
        return how, os.path.join(s.dir, name.replace('/', '_')), fault

    def handle_expect_100(self):
        if self.path.startswith('/denied/'):
            self.answer(403)
            self.cut()
            return False
        return super().handle_expect_100()

    def do_PUT(self):
        how, path, fault = self.begin()
        n = int(self.headers['Content-Length'])
        if how == 'denied':
            self.cut()
            return self.answer(403)
        if fault == 2:
            self.take(n // 2)
            return self.cut()
        body = self.take(n)
        if how == 'broken' or fault == 0:
            return self.answer(500)
        if fault == 1:
            return self.answer(503, more=[('Retry-After', '0')])
        if how == 'silent':
            select.select([self.connection], [], [], 60)
            return self.cut()
        if how == 'short':
            body = body[:n // 2]
        if how != 'gone':
            with open(path, 'wb') as f:
                f.write(body)
        if fault == 3:
            return self.cut()
        return self.answer(201)

    def do_HEAD(self):
        how, path, fault = self.begin()
        if how == 'blind':
            return self.answer(405)
        if fault is not None:
            return self.answer(500)
        if not os.path.exists(path):
            return self.answer(404)
        return self.answer(200, length=os.path.getsize(path))

    def do_DELETE(self):
        how, path, fault = self.begin()
        if how in ('denied', 'blind'):
            return self.answer(405)
        if fault is not None:
            return self.answer(500)
        if not os.path.exists(path):
            return self.answer(404)
        os.unlink(path)
        return self.answer(204)

    def do_GET(self):
        _, path, _ = self.begin()
        if not os.path.exists(path):
            return self.answer(404)
        with open(path, 'rb') as f:
            body = f.read()
        m = re.fullmatch(r'bytes=(\d+)-(\d+)', self.headers.get('Range', ''))
        if not m:
            return self.answer(200, body)
        first, last = int(m[1]), min(int(m[2]), len(body) - 1)
        if first >= len(body):
            return self.answer(416, more=[
                ('Content-Range', 'bytes */%d' % len(body))])
        return self.answer(206, body[first:last + 1], [
            ('Content-Range', 'bytes %d-%d/%d' % (first, last, len(body)))])


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Clients leave when they like."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--log', default=os.devnull)
    p.add_argument('dir')
    p.add_argument('portfile')
    o = p.parse_args()
    s = Server(('127.0.0.1', 0), Handler)
    s.dir, s.n, s.lock = o.dir, 0, threading.Lock()
    s.log = open(o.log, 'a')
    with open(o.portfile + '.tmp', 'w') as f:
        print(s.server_port, file=f)
    os.rename(o.portfile + '.tmp', o.portfile)
    s.serve_forever()


if __name__ == '__main__':
    main()
