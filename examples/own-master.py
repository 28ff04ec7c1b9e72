#!/usr/bin/python3
"""A master of consensus ADMM: reads and writes sv frames, as sv-admm does.

	sv-hub -- own-master.py LAMBDA
"""
import json
import struct
import sys
import time

import numpy as np
from xxhash import xxh3_64_intdigest as checksum

# --- frames: an 80-byte header, then text, f64 scalars, f64 elements
PROBLEM, JOB, GLOBAL, UPDATE, TRACE, MODEL, END = 1, 2, 4, 5, 8, 9, 10	# types
STEP, GRAD = 1, 2	# operations
HEADER = struct.Struct("<4sBBBBQIIIIIIIIQqQ")	# and 8 bytes of checksum


def exactly(n):
    data = sys.stdin.buffer.read(n)
    if len(data) < n:
        sys.exit("own-master: the input has ended")
    return data


def read():
    head = exactly(80)
    (magic, version, kind, _, op, job, _, _, rnd, count, _, ntext, nscalar, _,
     length, _, summed) = HEADER.unpack(head[:72])
    payload = exactly(length)
    if (magic, version) != (b"SVF\x1a", 1) or checksum(payload) != summed or \
            struct.pack("<Q", checksum(head[:72])) != head[72:]:
        sys.exit("own-master: a frame is damaged")
    at = (ntext + 7) // 8 * 8	# the text is padded
    scalars = np.frombuffer(payload, "<f8", nscalar, at)
    rest = payload[at + 8 * nscalar:]
    return kind, op, job, rnd, count, payload[:ntext], scalars, rest


def write(kind, op, job, rnd, text=b"", scalars=(), x=()):
    payload = text + bytes(-len(text) % 8) + np.array(scalars, "<f8").tobytes() \
        + np.array(x, "<f8").tobytes()
    head = HEADER.pack(b"SVF\x1a", 1, kind, 1, op, job, 0xffffffff, 0, rnd, 1,
                       0, len(text), len(scalars), 0, len(payload),
                       time.time_ns(), checksum(payload))
    sys.stdout.buffer.write(head + struct.pack("<Q", checksum(head)) + payload)
    sys.stdout.buffer.flush()


# --- the method
lam = float(sys.argv[1])
TASK = json.dumps({"task": 1, "loss": "logistic", "solver": "fista", "kmin": 1,
                   "kmax": 50, "eps_g": 1e-3, "eps_f": 0.0}).encode()
problem = workers = None
while problem is None or workers is None:
    kind, _, number, _, _, text, _, _ = read()
    if kind == PROBLEM:
        problem = json.loads(text)
    elif kind == JOB:
        job, workers = number, json.loads(text)["workers"]
d = problem["d"]
stopped = False	# told to conclude: see "A job that is to stop" in sv-hub(1)


def ask(op, rnd, z, scalars=()):
    """Send z to all workers; the sums of their scalars and vectors."""
    global stopped
    write(GLOBAL, op, job, rnd, TASK, scalars, z)
    got, s, v = 0, 0.0, 0.0
    while got < workers:
        kind, _, _, _, count, text, scalars, rest = read()
        if kind == UPDATE:
            got, s, v = got + count, s + scalars, v + np.frombuffer(rest, "<f8")
        elif kind == END:
            stopped = json.loads(text)["status"] == 3
    return s, v


rho, limit, z = 4.0, 500, np.zeros(d)
for rnd in range(1, limit + 1):
    # Workers answer c_i = w_i + x_i - z, the next w_i; here comes their sum.
    s, c = ask(STEP, rnd, z, (rho, 1.0, 1.0, 0.0))
    mean = c / workers
    new = np.sign(mean) * np.maximum(np.abs(mean) - lam / (workers * rho), 0.0)
    dual = rho * np.sqrt(workers) * np.linalg.norm(new - z)
    primal = np.sqrt(s[5])	# of the last z: sum |x_i - z|^2
    z = new
    write(TRACE, STEP, job, rnd, scalars=[primal, dual, rho] + [np.nan] * 10)
    if stopped or (primal < 1e-2 and dual < 1e-2):
        break
s, gradient = ask(GRAD, rnd, z)	# for F at the answer itself
done = bool(primal < 1e-2 and dual < 1e-2)
write(MODEL, 0, job, rnd, json.dumps({
    "loss": "logistic", "l1": lam, "rounds": rnd,
    "status": "converged" if done else "stopped" if stopped else "limit",
    "objective": s[4] + lam * np.abs(z).sum(), "optimality": None,
    "primal": primal, "dual": dual, "rho": rho,
    "nonzero": int(np.count_nonzero(z)), "workers": workers,
    "rows": int(s[5])}).encode(), x=z)
sys.exit(0 if done else 3)
