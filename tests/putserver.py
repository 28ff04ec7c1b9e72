#!/usr/bin/env python3
"""A web server that takes files, for the tests of uploads.

	putserver.py [--log FILE] [--cert FILE] DIR PORTFILE

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

	/s3/...		an endpoint of S3, of which all but good are buckets
			(good/KEY, third/KEY, broken/KEY): requests must be signed
			for region eu-west-1 with the key "key" and the secret
			"secret", and bodies be what is signed; objects go in
			parts, too, of any size
	/s3/late/KEY	as good, but that an upload in parts has ended is said with
			an error first, then not at all, and then forgotten

The log has a line for each request.
"""
import argparse
import hashlib
import hmac
import http.server
import os
import re
import select
import ssl
import sys
import threading


BUCKETS = ('good', 'third', 'broken', 'late')


def signature(handler, names, scope, date):
    """AWS Signature Version 4 of the request that is being handled."""
    path, _, query = handler.path.partition('?')
    query = '&'.join(sorted(q if '=' in q else q + '='
                            for q in query.split('&') if q))
    canonical = '\n'.join([handler.command, path, query] + [
        '%s:%s' % (n, ' '.join(handler.headers[n].split()))
        for n in names.split(';')
    ] + ['', names, handler.headers['x-amz-content-sha256']])
    text = '\n'.join(['AWS4-HMAC-SHA256', date, scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = b'AWS4secret'
    for part in scope.split('/'):
        key = hmac.digest(key, part.encode(), 'sha256')
    return hmac.digest(key, text.encode(), 'sha256').hex()


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
        if self.command != 'HEAD':
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
        if how == 's3':
            how, _, name = name.partition('/')
        s = self.server
        fault = None
        with s.lock:
            print(self.command, self.path, file=s.log, flush=True)
            if how == 'third':
                s.n += 1
                if s.n % 3 == 0:
                    fault = s.n // 3 % 4
        return how, os.path.join(s.dir, name.replace('/', '_')), fault

    def refuse(self, status, code):
        self.answer(status, b'<?xml version="1.0" encoding="UTF-8"?>\n<Error>'
                    b'<Code>%s</Code><Message>Not &lt;so&gt;</Message>'
                    b'</Error>' % code.encode())

    def signed(self, body):
        """Is it, by whom it should be?  If not, that has been answered."""
        m = re.fullmatch(
            r'AWS4-HMAC-SHA256 Credential=(\w+)/(\d{8}/eu-west-1/s3/'
            r'aws4_request), SignedHeaders=([a-z0-9;-]+), '
            r'Signature=([0-9a-f]{64})', self.headers.get('Authorization', ''))
        if not m or 'host' not in m[3].split(';'):
            self.refuse(403, 'AccessDenied')
        elif m[1] != 'key':
            self.refuse(403, 'InvalidAccessKeyId')
        elif m[4] != signature(self, m[3], m[2], self.headers['x-amz-date']):
            self.refuse(403, 'SignatureDoesNotMatch')
        elif (hashlib.sha256(body).hexdigest() !=
              self.headers['x-amz-content-sha256']):
            self.refuse(400, 'XAmzContentSHA256Mismatch')
        else:
            return True
        return False

    def s3(self, body):
        """One request of S3, whose faults have been had."""
        if not self.signed(body):
            return None
        path, _, query = self.path.partition('?')
        _, _, bucket, key = path.split('/', 3)
        if bucket not in BUCKETS:
            return self.refuse(404, 'NoSuchBucket')
        file = os.path.join(self.server.dir, key.replace('/', '_'))
        args = dict(q.partition('=')[::2] for q in query.split('&') if q)
        with self.server.lock:
            if 'uploads' in args or 'uploadId' in args:
                return self.parts(bucket, file, args, body)
            if self.command == 'PUT':
                with open(file, 'wb') as f:
                    f.write(body)
                return self.answer(200)
            if self.command == 'DELETE':
                if os.path.exists(file):
                    os.unlink(file)
                return self.answer(204)
            if not os.path.exists(file):
                return self.refuse(404, 'NoSuchKey')
            return self.answer(200, length=os.path.getsize(file))

    def parts(self, bucket, file, args, body):
        uploads = self.server.uploads
        if 'uploads' in args:
            name = 'a/b+%d' % len(uploads)
            uploads[name] = {}
            return self.answer(200, b'<R><UploadId>%s</UploadId></R>' %
                               name.encode())
        name = args['uploadId'].replace('%2F', '/').replace('%2B', '+')
        if uploads.get(name) is None:
            return self.refuse(404, 'NoSuchUpload')
        if self.command == 'DELETE':
            uploads[name] = None
            return self.answer(204)
        if self.command == 'PUT':
            tag = '"%s"' % hashlib.md5(body).hexdigest()
            uploads[name][int(args['partNumber'])] = tag, body
            return self.answer(200, more=[('ETag', tag)])
        want = [(int(n), tag) for n, tag in re.findall(
            '<Part><PartNumber>([0-9]+)</PartNumber><ETag>([^<]*)</ETag>'
            '</Part>', body.decode())]
        if want != [(n, uploads[name][n][0]) for n in sorted(uploads[name])]:
            return self.refuse(400, 'InvalidPart')
        self.server.ends += bucket == 'late'
        if bucket == 'late' and self.server.ends == 1:
            return self.refuse(200, 'InternalError')
        with open(file, 'wb') as f:
            for n, _ in want:
                f.write(uploads[name][n][1])
        uploads[name] = None
        if bucket == 'late':
            return self.cut()
        return self.answer(200, b'<R></R>')

    def do_POST(self):
        if self.path.startswith('/s3/'):
            return self.do_PUT()
        return self.answer(405)

    def handle_expect_100(self):
        if self.path.startswith('/denied/'):
            self.answer(403)
            self.cut()
            return False
        return super().handle_expect_100()

    def do_PUT(self):
        how, path, fault = self.begin()
        n = int(self.headers['Content-Length'])
        if how == 'denied' and not self.path.startswith('/s3/'):
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
        if self.path.startswith('/s3/'):
            return self.s3(body) if fault is None else self.cut()
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
        if self.path.startswith('/s3/'):
            return self.s3(b'')
        if not os.path.exists(path):
            return self.answer(404)
        return self.answer(200, length=os.path.getsize(path))

    def do_DELETE(self):
        how, path, fault = self.begin()
        if how in ('denied', 'blind'):
            return self.answer(405)
        if fault is not None:
            return self.answer(500)
        if self.path.startswith('/s3/'):
            return self.s3(b'')
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
    p.add_argument('--cert')
    p.add_argument('dir')
    p.add_argument('portfile')
    o = p.parse_args()
    s = Server(('127.0.0.1', 0), Handler)
    s.dir, s.n, s.lock = o.dir, 0, threading.Lock()
    s.log = open(o.log, 'a')
    s.uploads, s.ends = {}, 0
    if o.cert:
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain(o.cert)
        s.socket = c.wrap_socket(s.socket, server_side=True,
                                 do_handshake_on_connect=False)
    with open(o.portfile + '.tmp', 'w') as f:
        print(s.server_port, file=f)
    os.rename(o.portfile + '.tmp', o.portfile)
    s.serve_forever()


if __name__ == '__main__':
    main()
