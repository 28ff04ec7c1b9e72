# replay.py RUN [OPTION...]: write the frames of a run, as if it went on.
#
#	--hold ROUND	after that round's last record wait until there is a file
#			go.ROUND; may be repeated
#	--factor F	what decides when to stop is F^round ...
#	--target T	... against this
#	--drop A-B	without the records of these rounds

import argparse, os, struct, sys, time
import xxhash

GLOBAL, TIMING, TRACE = 4, 7, 8

p = argparse.ArgumentParser()
p.add_argument("run")
p.add_argument("--hold", type=int, action="append", default=[])
p.add_argument("--factor", type=float)
p.add_argument("--target", type=float, default=1e-6)
p.add_argument("--drop", default="0-0")
o = p.parse_args()
first, last = map(int, o.drop.split("-"))

def wait(name):
    end = time.monotonic() + 120
    while not os.path.exists(name):
        if time.monotonic() > end:
            sys.exit("replay.py: nobody made " + name)
        time.sleep(0.02)

def told(frame, k):
    """The frame with another measure and target, its last two scalars."""
    body = frame[80:-16] + struct.pack("<2d", o.factor ** k, o.target)
    head = bytearray(frame[:72])
    struct.pack_into("<Q", head, 64, xxhash.xxh3_64_intdigest(body))
    return bytes(head) + struct.pack("<Q",
        xxhash.xxh3_64_intdigest(bytes(head))) + body

data = open(o.run, "rb").read()
out = sys.stdout.buffer
while data:
    n = 80 + struct.unpack_from("<Q", data, 48)[0]
    frame, data = data[:n], data[n:]
    kind, k = frame[5], struct.unpack_from("<I", frame, 24)[0]
    if kind in (GLOBAL, TIMING, TRACE) and first <= k <= last and k > 0:
        continue
    if kind == TRACE and o.factor is not None:
        frame = told(frame, k)
    out.write(frame)
    out.flush()
    if kind == TRACE and k in o.hold:
        wait("go.%d" % k)
