#!/usr/bin/env python3
"""A web server for the tests of hosted data.

	hosted.py [--fail SHARE] [--seed N] [--cert FILE] [--log FILE] DIR PORTFILE

serves the files of DIR on a port of 127.0.0.1, which PORTFILE is given.  The first
part of a path says how the rest is served:

	/plain/FILE	with ranges and a strong entity tag
	/whole/FILE	without ranges; /chunked/FILE: nor a length
	/faulty/FILE	as plain, but SHARE of the requests fail: 500 or 503, cut off
			in the middle, or nothing more comes
	/rough/FILE	as whole, with the same faults
	/weak/FILE	as plain, but the tag is weak
	/status/N/FILE	status N; N = 429 or 503: as plain the second time
	/expired/FILE	403 with S3's words of a presigned URL that has expired
	/denied/FILE	403 with S3's AccessDenied
	/to/PATH	redirect to /PATH; /around/...: to itself
	/short/FILE	half of what Content-Length says, each time
	/long/FILE	a range that is longer than was asked for
	/shifted/FILE	a Content-Range of other bytes than were asked for
	/huge/FILE	says that the object has 2^62 bytes
	/drip/FILE	a byte each 0.2 s
	/silent/FILE	nothing, not even a status
	/changing/FILE	another object from the third request on
	/small/FILE	20,000 bytes of a range at a time; /rugged/FILE: with the
			same faults
	/busy/N/FILE	503 to the first N requests, then as plain
	/signed/BUCKET/FILE	as plain, but 403 unless the request is signed, with
			one of the keys below
"""
import argparse
import hashlib
import hmac
import http.server
import os
import random
import re
import select
import ssl
import sys
import threading
import time
import urllib.parse

EXPIRED = (b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied'
           b'</Code><Message>Request has expired</Message><X-Amz-Expires>60'
           b'</X-Amz-Expires></Error>')
DENIED = (b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied'
          b'</Code><Message>Access Denied &amp; logged</Message></Error>')
RANGED = ('plain', 'faulty', 'weak', 'long', 'shifted', 'huge', 'drip',
          'changing', 'small', 'rugged', 'short')


KEYS = {'key': b'secret', 'ASIASVLAMBDALOCAL000': b'of-no-use'}
REFUSED = (b'<Error><Code>SignatureDoesNotMatch</Code><Message>The signature '
           b'is another one</Message></Error>')


def is_signed(handler):
    """Is it what AWS Signature Version 4 would be?"""
    said = handler.headers.get('Authorization', '')
    m = re.fullmatch(r'AWS4-HMAC-SHA256 Credential=(\w+)/(\d{8})/([^/]*)/s3/'
                     r'aws4_request, ?SignedHeaders=([^,]*), ?'
                     r'Signature=([0-9a-f]{64})', said)
    if not m or m[1] not in KEYS:
        return False
    access, date, region, names, signature = m.groups()
    when = handler.headers['X-Amz-Date']
    path, _, query = handler.path.partition('?')
    canonical = '\n'.join(
        [handler.command, path, query] +
        ['%s:%s' % (n, handler.headers[n].strip()) for n in names.split(';')] +
        ['', names, handler.headers['X-Amz-Content-Sha256']])
    text = '\n'.join(['AWS4-HMAC-SHA256', when, '%s/%s/s3/aws4_request' % (
        date, region), hashlib.sha256(canonical.encode()).hexdigest()])
    key = b'AWS4' + KEYS[access]
    for part in (date, region, 's3', 'aws4_request', text):
        key = hmac.digest(key, part.encode(), 'sha256')
    return ({'host', 'range', 'x-amz-content-sha256', 'x-amz-date'} <=
            set(names.split(';')) and when.startswith(date) and
            names == ';'.join(sorted(names.split(';'))) and
            key.hex() == signature)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def note(self, what):
        s = self.server
        with s.lock:
            print(what, self.headers.get('Range', '-'),
                  self.headers.get('If-Match', '-'), self.path,
                  file=s.log, flush=True)

    def refuse(self, status, body=b'', more=()):
        self.send_response(status)
        for name, value in more:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def count(self, what):
        s = self.server
        with s.lock:
            s.counts[what] = s.counts.get(what, 0) + 1
            return s.counts[what]

    def fate(self):
        """What becomes of this request: None, or a fault."""
        s = self.server
        with s.lock:
            if s.random.random() >= s.fail:
                return None
            fate = s.random.choice(('500', '503', 'cut', 'stall'))
            s.faults += 1
        self.note('fault:' + fate)
        return fate

    def wait_for_end(self):
        """Until the client has had enough."""
        select.select([self.connection], [], [], 60)
        self.close_connection = True

    def do_GET(self):
        path, _, query = self.path.partition('?')
        _, how, rest = path.split('/', 2) if path.count('/') > 1 else \
            ('', '', '')
        self.note(how)
        if how == 'to':
            return self.refuse(302, more=[('Location', '/' + rest)])
        if how == 'around':
            return self.refuse(302, more=[('Location', self.path)])
        if how == 'expired':
            return self.refuse(403, EXPIRED)
        if how == 'denied':
            return self.refuse(403, DENIED)
        if how == 'silent':
            return self.wait_for_end()
        if how == 'signed':
            if not is_signed(self):
                return self.refuse(403, REFUSED)
            how, rest = 'plain', urllib.parse.unquote(rest.split('/', 1)[1])
        if how == 'busy':
            n, _, rest = rest.partition('/')
            if self.count(self.path) <= int(n):
                return self.refuse(503)
            how = 'plain'
        if how == 'status':
            status, _, rest = rest.partition('/')
            if status not in ('429', '503') or self.count(self.path) == 1:
                return self.refuse(int(status), b'', [('Retry-After', '1')])
            how = 'plain'
        try:
            with open(os.path.join(self.server.dir, rest), 'rb') as f:
                self.serve(how, f)
        except (FileNotFoundError, IsADirectoryError):
            self.refuse(404)

    def serve(self, how, f):
        size = os.fstat(f.fileno()).st_size
        etag = '"%s-%x"' % (hashlib.md5(self.path.encode()).hexdigest()[:8],
                            size)
        if how == 'changing' and self.count(self.path) > 2:
            etag = '"another"'
        if how == 'weak':
            etag = 'W/' + etag
        match = self.headers.get('If-Match')
        if match and (how == 'weak' or match != etag):
            return self.refuse(412)
        fate = self.fate() if how in ('faulty', 'rough', 'rugged') else None
        if fate in ('500', '503'):
            return self.refuse(int(fate), b'it failed')
        m = re.fullmatch(r'bytes=(\d+)-(\d*)',
                         self.headers.get('Range', ''))
        if not m or how not in RANGED:
            return self.whole(how, f, size, etag, fate)
        first = int(m[1])
        last = min(int(m[2] or size), size - 1)
        if how in ('small', 'rugged'):
            last = min(last, first + 19999)
        if first >= size:
            return self.refuse(416, b'no such range', [
                ('Content-Range', 'bytes */%d' % size)])
        self.send_response(206)
        length = last - first + 1
        says = size if how != 'huge' else 1 << 62
        if how == 'long':
            length = min(length + 1000, size - first)
            last = min(last + 1000, size - 1)
        at = first + 1 if how == 'shifted' else first
        self.send_header('Content-Range', 'bytes %d-%d/%d' % (at, last, says))
        self.send_header('Content-Length', str(length))
        self.send_header('ETag', etag)
        self.end_headers()
        self.send_some(how, f, first, length, fate)

    def whole(self, how, f, size, etag, fate):
        self.send_response(200)
        self.send_header('ETag', etag)
        if how != 'chunked':
            self.send_header('Content-Length', str(size))
            self.end_headers()
            return self.send_some(how, f, 0, size, fate)
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
        while True:
            piece = f.read(100000)
            self.wfile.write(b'%x\r\n%s\r\n' % (len(piece), piece))
            if not piece:
                return None

    def send_some(self, how, f, first, length, fate):
        f.seek(first)
        if length == 0:
            return
        if how == 'short' or fate:
            self.close_connection = True
            length = max(length // 2, 1)
        if how == 'drip':
            for _ in range(length):
                self.wfile.write(f.read(1))
                time.sleep(0.2)
        elif isinstance(self.connection, ssl.SSLSocket):
            while length > 0:
                piece = f.read(min(length, 1 << 20))
                if not piece:
                    break
                self.wfile.write(piece)
                length -= len(piece)
        else:
            self.wfile.flush()
            self.connection.sendfile(f, first, length)
        if fate == 'stall':
            self.wait_for_end()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Clients leave when they like."""
        if not isinstance(sys.exc_info()[1], (OSError, ssl.SSLError)):
            super().handle_error(request, client_address)


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--fail', type=float, default=0.0)
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--cert')
    p.add_argument('--log', default=os.devnull)
    p.add_argument('dir')
    p.add_argument('portfile')
    o = p.parse_args()
    s = Server(('127.0.0.1', 0), Handler)
    s.dir, s.fail, s.faults = o.dir, o.fail, 0
    s.random = random.Random(o.seed)
    s.lock = threading.Lock()
    s.counts = {}
    s.log = open(o.log, 'a')
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
