# Both ends of TCP connections, for what is between them:
#
#   tcp.py echo PORT        send back all that comes, until the end
#   tcp.py sink PORT        take connections in, and read nothing
#   tcp.py send ADDRESS N   send N bytes and an end, print what came back: how
#                           many, which differ, and how it ended
#   tcp.py pace ADDRESS S   a byte to and fro every 0.02 s, for S seconds; print
#                           the longest wait
#   tcp.py many ADDRESS N   N connections at once, a byte to and fro on each
#   tcp.py tries ADDRESS N  N connections, one after the other: what becomes of
#                           each, a word for each
#   tcp.py fill ADDRESS     send until nothing goes any more; print how much did

import resource
import select
import socket
import sys
import threading
import time


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def connect(text):
    return socket.create_connection(address(text), 20)


def listen(port):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", port))
    s.listen(4096)
    return s


def sink(port):
    s = listen(port)
    kept = []
    while True:
        kept.append(s.accept())


def echo(port):
    s = listen(port)
    poll = select.poll()
    poll.register(s, select.POLLIN)
    conns = {}
    while True:
        for fd, _ in poll.poll():
            if fd == s.fileno():
                c, _ = s.accept()
                conns[c.fileno()] = c
                poll.register(c, select.POLLIN)
                continue
            try:
                data = conns[fd].recv(65536)
                conns[fd].sendall(data)
            except OSError:
                data = b""
            if not data:
                poll.unregister(fd)
                conns.pop(fd).close()


def send(where, n):
    data = bytes(i * 2654435761 >> 13 & 255 for i in range(n))
    c = connect(where)
    got = bytearray()

    def up():
        try:
            c.sendall(data)
            c.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    t = threading.Thread(target=up)
    t.start()
    how = "end"
    try:
        while True:
            part = c.recv(65536)
            if not part:
                break
            got += part
    except ConnectionResetError:
        how = "reset"
    t.join()
    wrong = [i for i in range(min(n, len(got))) if got[i] != data[i]]
    print(len(got), how, *["%d:%02x" % (i, got[i] ^ data[i]) for i in wrong])


def pace(where, seconds):
    c = connect(where)
    longest = 0.0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        c.sendall(b"x")
        if c.recv(1) != b"x":
            sys.exit("the connection ended")
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.02)
    print("%.3f" % longest)


def many(where, n):
    conns = [connect(where) for _ in range(n)]
    for c in conns:
        c.sendall(b"x")
    print(sum(c.recv(1) == b"x" for c in conns))


def tries(where, n):
    for _ in range(n):
        try:
            c = connect(where)
            c.sendall(b"x")
            word = "ok" if c.recv(1) == b"x" else "end"
        except OSError:
            word = "reset"
        print(word)


def fill(where):
    c = connect(where)
    c.settimeout(1)
    sent = 0
    try:
        while sent < 1 << 30:
            sent += c.send(bytes(65536))
    except socket.timeout:
        pass
    print(sent)


soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
what, where = sys.argv[1:3]
if what == "echo":
    echo(int(where))
elif what == "sink":
    sink(int(where))
elif what == "send":
    send(where, int(sys.argv[3]))
elif what == "pace":
    pace(where, float(sys.argv[3]))
elif what == "many":
    many(where, int(sys.argv[3]))
elif what == "tries":
    tries(where, int(sys.argv[3]))
elif what == "fill":
    fill(where)
