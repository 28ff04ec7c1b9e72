#!/usr/bin/python3
"""A small Runtime API of AWS Lambda, to test bootstrap with.

usage: runtimeapi.py [options] --bootstrap PROGRAM [EVENT...]

Runs PROGRAM with AWS_LAMBDA_RUNTIME_API set, hands it each EVENT (a file; - is
standard input) in turn, and writes each answer as one line of JSON:
    {"kind": "response"|"error"|"exit"|"init", "type": header, "body": text}
Ends with status 0 if all were responses, 1 if not, 3 if the program did
anything that the protocol does not allow (said on stderr).  With one event the
line is the answer's body alone.
"""

import argparse
import http.server
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid

CALL = '/2018-06-01/runtime/invocation/'


class Api:
    """What all connections share: the state that the protocol asks for."""

    def __init__(self, args):
        self.args = args
        self.lock = threading.Condition()
        self.events = queue.Queue()
        self.answers = queue.Queue()
        self.current = self.child = None
        self.nexts = 0
        self.registered = None
        self.parked = False
        self.faults = list(args.fault)
        self.post_faults = list(args.post_fault)
        self.wrong = []

    def complain(self, text):
        with self.lock:
            self.wrong.append(text)
        sys.stderr.write('runtimeapi: %s\n' % text)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    wbufsize = -1  # head and body in one packet

    def log_message(self, *args):
        pass

    def check(self):
        """What is true of every request."""
        api, h = self.server.api, self.headers
        where = '%s %s' % (self.command, self.path)
        if self.request_version != 'HTTP/1.1':
            api.complain('%s: %s' % (where, self.request_version))
        if self.path.startswith('http:') or 'Proxy-Connection' in h:
            api.complain('%s: through a proxy' % where)
        if 'Expect' in h:
            api.complain('%s: Expect: %s' % (where, h['Expect']))
        if not h.get('User-Agent', '').startswith('sv/'):
            api.complain('%s: User-Agent: %s' % (where, h['User-Agent']))
        if h.get('Host') != self.server.host:
            api.complain('%s: Host: %s' % (where, h['Host']))
        if 'Transfer-Encoding' in h:
            api.complain('%s: chunked' % where)
        if self.command == 'POST':
            if 'Content-Length' not in h:
                api.complain('%s: no Content-Length' % where)
            if h.get('Content-Type') != 'application/json':
                api.complain('%s: Content-Type: %s' % (where,
                    h['Content-Type']))

    def reply(self, status, body=b'', headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.check()
        if self.path == CALL + 'next':
            self.do_next()
        elif self.path == '/2020-01-01/extension/event/next':
            self.do_park()
        else:
            self.server.api.complain('GET %s' % self.path)
            self.reply(404)

    def do_POST(self):
        self.check()
        api, path = self.server.api, self.path
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        try:
            json.loads(body.decode())
        except ValueError:
            api.complain('%s: not JSON: %r' % (path, body[:80]))
        if path == '/2020-01-01/extension/register':
            self.do_register(body)
        elif path == '/2018-06-01/runtime/init/error':
            if api.nexts > 0:
                api.complain('init error after next')
            api.answers.put({'kind': 'init', 'type': self.kind(body),
                'body': body.decode()})
            self.reply(202, b'{"status":"OK"}')
        elif path.startswith(CALL):
            self.do_answer(body)
        else:
            api.complain('POST %s' % path)
            self.reply(404)

    def kind(self, body):
        """The error's type, the same in header and body."""
        kind = self.headers.get('Lambda-Runtime-Function-Error-Type')
        error = json.loads(body)
        if (kind is None or error.get('errorType') != kind or
                not isinstance(error.get('errorMessage'), str) or
                error.get('stackTrace') != [] or '\n' in error['errorMessage']):
            self.server.api.complain('error object: %s %r' % (kind, body))
        return kind

    def do_register(self, body):
        api = self.server.api
        if api.args.no_extension:
            return self.reply(404, b'no such thing')
        if api.nexts > 0 or api.registered:
            api.complain('registered too late, or twice')
        if json.loads(body) != {'events': []}:
            api.complain('registered for %r' % body)
        if self.headers.get('Lambda-Extension-Name') != 'sv-worker':
            api.complain('extension without its name')
        api.registered = str(uuid.uuid4())
        self.reply(200, b'{"functionName":"f","functionVersion":"1"}',
            [('lambda-extension-IDENTIFIER', api.registered)])

    def do_park(self):
        api = self.server.api
        if self.headers.get('Lambda-Extension-Identifier') != api.registered:
            api.complain('extension next without its identifier')
        with api.lock:
            api.parked = True
            api.lock.notify_all()
        # Nothing ever comes.
        self.close_connection = True
        try:
            if self.rfile.read(1):
                api.complain('more on the connection that waits')
        except OSError:
            pass

    def do_next(self):
        api = self.server.api
        with api.lock:
            if api.current is not None:
                api.complain('next before an answer')
            # It has been sent before this one: it may still be on its way.
            if api.registered and not api.lock.wait_for(lambda: api.parked, 5):
                api.complain('next before extension next')
            api.nexts += 1
        if api.args.usage and api.nexts > 1:
            usage(api.child.pid, api.args.usage)
        fault = api.faults.pop(0) if api.faults else 'none'
        if fault == 'close':
            self.close_connection = True
            return
        if fault.isdigit():
            return self.reply(int(fault), b'{"errorMessage":"no"}')
        if fault == 'noise':
            self.wfile.write(b'\0\1\2 no answer at all\r\n\r\n' * 20)
            self.close_connection = True
            return
        self.give(api.events.get(), fault)

    def give(self, event, fault):
        api, args = self.server.api, self.server.api.args
        rid = str(uuid.uuid4())
        deadline = str(int((time.time() + args.timeout) * 1000))
        headers = [
            ('LAMBDA-RUNTIME-AWS-request-id', rid),
            ('lambda-runtime-deadline-ms', deadline),
            ('Lambda-Runtime-Invoked-Function-Arn', 'arn:aws:lambda:f'),
            ('Lambda-Runtime-Trace-Id', 'Root=1-5759e988;Sampled=0'),
            ('Content-Type', 'application/json')]
        if fault == 'noid':
            headers = headers[1:]
        elif fault == 'badid':
            headers[0] = (headers[0][0], '../../x y')
        elif fault == 'longid':
            headers[0] = (headers[0][0], 'a' * 5000)
        elif fault == 'baddeadline':
            headers[1] = (headers[1][0], '-12 o\'clock')
        elif fault == 'cut':
            self.send_response(200)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header('Content-Length', str(len(event) + 100))
            self.end_headers()
            self.wfile.write(event)
            self.close_connection = True
        if fault in ('noid', 'badid', 'longid', 'cut'):
            # It cannot be answered, so it comes again.
            again = queue.Queue()
            again.put(event)
            while not api.events.empty():
                again.put(api.events.get())
            api.events = again
        else:
            api.current = rid
        if fault != 'cut':
            self.reply(200, event, headers)

    def do_answer(self, body):
        api = self.server.api
        rid, _, what = self.path[len(CALL):].partition('/')
        with api.lock:
            if rid != api.current or what not in ('response', 'error'):
                api.complain('POST %s, not asked for' % self.path)
                return self.reply(400, b'{"errorType":"InvalidRequestID"}')
            api.current = None
        fault = api.post_faults.pop(0) if api.post_faults else 'none'
        if fault == 'close':
            api.current = rid
            self.close_connection = True
            return
        if fault.isdigit():
            api.answers.put({'kind': 'refused', 'type': None,
                'body': 'status ' + fault})
            return self.reply(int(fault), b'{"errorMessage":"no"}')
        api.answers.put({'kind': what,
            'type': self.kind(body) if what == 'error' else None,
            'body': body.decode()})
        self.reply(202, b'{"status":"OK"}')


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass


def wrapped(event, shape):
    """The event as a gateway or a Function URL hands it over."""
    if shape == 'bare':
        return event
    context = {'accountId': '1', 'requestId': 'r', 'stage': 's'}
    o = {'body': event.decode('utf-8', 'replace'), 'isBase64Encoded': False,
        'headers': {'content-type': 'application/json'},
        'requestContext': context}
    if shape == 'rest':
        o.update(resource='/', path='/', httpMethod='POST')
        context.update(httpMethod='POST', path='/')
    else:
        o.update(version='2.0', routeKey='$default', rawPath='/')
        context['http'] = {'method': 'POST', 'path': '/'}
    return json.dumps(o).encode()


def options():
    p = argparse.ArgumentParser()
    p.add_argument('--bootstrap', required=True)
    p.add_argument('--shape', choices=['bare', 'rest', 'http2'],
        default='bare')
    p.add_argument('--timeout', type=float, default=60.0)
    p.add_argument('--fault', action='append', default=[],
        help='what next does first: close, noise, 500, noid, cut, ...')
    p.add_argument('--post-fault', action='append', default=[],
        help='what an answer meets: close, 500, ...')
    p.add_argument('--times', type=int, default=1,
        help='hand over all events that often')
    p.add_argument('--memory', default='256')
    p.add_argument('--quiet', action='store_true',
        help='what the program says goes nowhere')
    p.add_argument('--no-extension', action='store_true')
    p.add_argument('--usage', help='file for descriptors, threads, kB at each next but the first')
    p.add_argument('event', nargs='*')
    return p.parse_args()


def usage(pid, path):
    """Note open descriptors, threads and resident kB of the process."""
    with open('/proc/%d/status' % pid) as f:
        status = dict(l.split(':', 1) for l in f)
    with open(path, 'a') as f:
        f.write('%d %d %d\n' % (len(os.listdir('/proc/%d/fd' % pid)),
            int(status['Threads']), int(status['VmRSS'].split()[0])))


def answers(api, child, args):
    """One answer for each event, or the end of the process."""
    got = []
    texts = [wrapped(sys.stdin.buffer.read() if path == '-' else
        open(path, 'rb').read(), args.shape) for path in args.event]
    for text in texts * args.times:
        api.events.put(text)
    while len(got) < len(texts) * args.times and not (got and
            got[-1]['kind'] in ('exit', 'init')):
        try:
            got.append(api.answers.get(timeout=0.02))
        except queue.Empty:
            if child.poll() is not None and api.answers.empty():
                got.append({'kind': 'exit', 'type': None,
                    'body': 'status %d' % child.returncode})
    return got


def finish(child):
    """It waits for the next event, and goes at once when told so."""
    if child.poll() is None:
        time.sleep(0.05)
        begin = time.time()
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
        if time.time() - begin > 2:
            return 'it took %.1f s to end' % (time.time() - begin)
    if child.returncode not in (0, 1):
        return 'it ended with status %d' % child.returncode
    return None


def main():
    args = options()
    api = Api(args)
    server = Server(('127.0.0.1', 0), Handler)
    server.api = api
    server.host = '127.0.0.1:%d' % server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = dict(os.environ, AWS_LAMBDA_RUNTIME_API=server.host,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE=args.memory,
        http_proxy='http://127.0.0.1:1', all_proxy='http://127.0.0.1:1')
    api.child = child = subprocess.Popen([args.bootstrap], env=env,
        stdin=subprocess.DEVNULL, stdout=sys.stderr,
        stderr=subprocess.DEVNULL if args.quiet else None)
    for s in (signal.SIGTERM, signal.SIGINT):
        signal.signal(s, lambda *a: child.terminate())
    got = answers(api, child, args)
    what = finish(child)
    if what:
        api.complain(what)
    for a in got:
        print(a['body'] if len(args.event) * args.times == 1 else
            json.dumps(a))
    if api.wrong:
        return 3
    return 0 if all(a['kind'] == 'response' for a in got) else 1


if __name__ == '__main__':
    sys.exit(main())
