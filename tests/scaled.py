# scaled.py HOW TEXT FRAMES SCALED [RTOL]: are the rows of SCALED those of TEXT
# (LIBSVM both, in the same order), scaled as HOW says and as numpy does it, and
# do the elements of the problem in FRAMES (sv-cat --full) say how?
import json
import sys

import numpy as np

how, text, frames, scaled = sys.argv[1:5]
rtol = float(sys.argv[5]) if len(sys.argv) > 5 else 1e-13


def read(name, d):
    rows, stored = [], []
    for line in open(name):
        fields = [f.split(":") for f in line.split()[1:]]
        row = np.zeros(d)
        for j, x in fields:
            row[int(j) - 1] = float(x)
        rows.append(row)
        stored.append({int(j) - 1 for j, x in fields})
    return np.array(rows), stored


frame = json.loads(open(frames).readline())
d = frame["text"]["d"]
assert frame["text"]["scale"] == how, frame["text"]["scale"]
x, had = read(text, d)
z, has = read(scaled, d)
assert x.shape == z.shape, (x.shape, z.shape)
n = len(x)

nonzero = np.count_nonzero(x, axis=0)
shift = np.zeros(d)
if how == "maxabs":
    size = np.abs(x).max(axis=0)
else:
    # In a precision of which the last digits do not matter.
    wide = x.astype(np.longdouble)
    size = wide.std(axis=0).astype(float)
    constant = (x == x[0]).all(axis=0)
    size[constant] = 0
    centred = (2 * nonzero >= n) & ~constant
    shift[centred] = wide.mean(axis=0).astype(float)[centred]
factor = np.ones(d)
factor[size > 0] = 1 / size[size > 0]

elements = np.array([float(v) for v in frame["vector"]["elements"]])
assert len(elements) == (2 * d if shift.any() else d), len(elements)
np.testing.assert_allclose(elements[:d], factor, rtol=rtol)
if len(elements) > d:
    np.testing.assert_allclose(elements[d:], shift, rtol=rtol,
                               atol=rtol * np.abs(x).max())
want = (x - shift) * factor
atol = rtol * np.maximum(1, np.abs(shift) * factor).max()
np.testing.assert_allclose(z, want, rtol=rtol, atol=atol)
# The rows are what the elements say, too; and zeros stay zeros where they can.
np.testing.assert_allclose(
    z, (x - (elements[d:] if len(elements) > d else 0)) * elements[:d],
    rtol=1e-14, atol=1e-14 * np.abs(z).max())
shifted = set(np.flatnonzero(shift))
for i in range(n):
    assert has[i] == had[i] | shifted, i
