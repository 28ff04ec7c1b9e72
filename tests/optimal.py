#!/usr/bin/python3
"""optimal.py ROWS MODELS FITS [WEIGHTS]: are these models what they should be?

Computes everything itself, from formulas and the rows as text: nothing of sv's
is used but what it printed.  ROWS is LIBSVM text, MODELS what "sv-cat --full
-f json -t model" made of a run, WEIGHTS has a line for each row.  A line of
FITS is one of

	sv-admm OPTION...	the command of the next model, or of any master
	liblinear FILE OPTION...	a model of liblinear-train
	known F OPTION...	an optimum that somebody else has found

with the options of sv's masters in each case.  Lines that ask for the same are
compared.  Of each model it is checked that

	it says what was asked for, and that it has converged;
	its objective is F(x), to 1e-11;
	where -e is 1e-6 or less, the shortest subgradient is at most 1e-6 of
	    that at the start, in the 1-norm;
	there, and where --stop-gap or what is known is so, too, F is the least
	    F of the same problem to 1e-6 (or 1e-8 of F at the start);
	F less the least F, whoever found it, is no more than the gap, which is
	    1e-4 of F at most where it is asked for with --gap, -e is 1e-7 or
	    less and the regulariser bounds the model.

Prints a line for each fault, and at last one that says how many models there
were.  Status 1 if there was a fault.
"""

import argparse
import json
import shlex
import sys

import numpy as np

NEAR = 1e-6	# of F, and of the optimality conditions
EXACT = 1e-11	# of F, computed by two programs
KNOWN = 1e-9	# of F, as somebody has written it down
ROUNDING = 1e-12	# of F


class Rows:
    """Rows as coordinates: no library for sparse matrices is needed."""

    def __init__(self, path, weights=None):
        row, col, val, label = [], [], [], []
        with open(path) as f:
            for line in f:
                fields = line.split()
                if not fields:
                    continue
                for field in fields[1:]:
                    index, value = field.split(":")
                    row.append(len(label))
                    col.append(int(index) - 1)
                    val.append(float(value))
                label.append(float(fields[0]))
        self.row, self.col = np.array(row, int), np.array(col, int)
        self.val, self.y = np.array(val), np.array(label)
        self.w = np.ones(len(label))
        if weights:
            self.w = np.loadtxt(weights, ndmin=1)

    def margins(self, x):
        return np.bincount(self.row, self.val * x[self.col], len(self.y))

    def scatter(self, r, d):
        return np.bincount(self.col, self.val * r[self.row], d)


def logistic(m, y, _):
    t = y * m
    e = np.exp(-np.abs(t))
    p = np.where(t > 0, e / (1 + e), 1 / (1 + e))
    return np.logaddexp(0, -t), -y * p


def squared(m, y, _):
    return (m - y) ** 2 / 2, m - y


def squared_hinge(m, y, _):
    t = np.maximum(0, 1 - y * m)
    return t * t, -2 * y * t


def huber(m, y, delta):
    r = m - y
    small = np.abs(r) <= delta
    return (np.where(small, r * r / 2, delta * np.abs(r) - delta ** 2 / 2),
            np.clip(r, -delta, delta))


def poisson(m, y, _):
    return np.exp(m) - y * m, np.exp(m) - y


LOSSES = {"logistic": logistic, "squared": squared, "huber": huber,
          "squared_hinge": squared_hinge, "poisson": poisson}


class Problem:
    """What was asked for: the loss's side."""

    def __init__(self, a, rows):
        self.a, self.rows = a, rows
        self.loss, self.y, self.w = LOSSES[a.loss], rows.y, rows.w
        if a.loss in ("logistic", "squared_hinge"):
            positive = self.y > 0
            self.y = np.where(positive, 1.0, -1.0)
            self.w = self.w * np.where(positive, a.positive_weight,
                                       a.negative_weight)

    def smooth(self, x, b):
        """Sum of the losses, and its gradient by x and b."""
        value, slope = self.loss(self.rows.margins(x) + b, self.y,
                                 self.a.delta)
        slope = self.w * slope
        return (float(self.w @ value), self.rows.scatter(slope, len(x)),
                float(slope.sum()))

    def groups(self, d):
        if self.a.groups:
            number = np.loadtxt(self.a.groups, dtype=int)
            return [np.flatnonzero(number == k) for k in np.unique(number)]
        return np.split(np.arange(d), d // self.a.group_size)

    def regulariser(self, x):
        a = self.a
        if a.lo is not None:
            return 0.0 if ((x >= a.lo) & (x <= a.hi)).all() else np.inf
        if a.group is not None:
            return a.group / a.c * sum(
                np.sqrt(len(g)) * np.linalg.norm(x[g])
                for g in self.groups(len(x)))
        return (a.l1 * np.abs(x).sum() + a.l2 * x @ x / 2) / a.c

    def objective(self, x, b):
        return self.smooth(x, b)[0] + self.regulariser(x)

    def shortest(self, x, grad):
        """The shortest element of grad + the subdifferential at x."""
        a = self.a
        if a.lo is not None:
            free = grad.copy()
            free[(x <= a.lo) & (grad > 0)] = 0
            free[(x >= a.hi) & (grad < 0)] = 0
            return free
        if a.group is not None:
            v = grad.copy()
            for g in self.groups(len(x)):
                lam, norm = a.group / a.c * np.sqrt(len(g)), np.linalg.norm
                if norm(x[g]) > 0:
                    v[g] += lam * x[g] / norm(x[g])
                elif norm(v[g]) > 0:
                    v[g] *= max(0, 1 - lam / norm(v[g]))
            return v
        l1, v = a.l1 / a.c, grad + a.l2 / a.c * x
        return np.where(x == 0, np.sign(v) * np.maximum(np.abs(v) - l1, 0),
                        v + l1 * np.sign(x))

    def violation(self, x, b):
        _, grad, grad_b = self.smooth(x, b)
        v = np.abs(self.shortest(x, grad)).sum()
        return float(v + (abs(grad_b) if self.a.intercept else 0))

    def start(self, d):
        zero = np.zeros(d)
        return zero if self.a.lo is None else np.clip(zero, self.a.lo,
                                                      self.a.hi)


def parser():
    p = argparse.ArgumentParser(allow_abbrev=False)
    p.add_argument("--loss", default="logistic")
    p.add_argument("--delta", type=float, default=1.0)
    p.add_argument("--intercept", action="store_true")
    p.add_argument("--positive-weight", type=float, default=1.0)
    p.add_argument("--negative-weight", type=float, default=1.0)
    for name in ("--l1", "--l2", "--group"):
        p.add_argument(name, type=float)
    p.add_argument("--group-size", type=int)
    p.add_argument("--groups")
    p.add_argument("--box")
    p.add_argument("--nonneg", action="store_true")
    p.add_argument("--c", type=float, default=1.0)
    p.add_argument("-e", type=float, default=2e-4)
    p.add_argument("--stop-gap", type=float)
    p.add_argument("--gap", type=int, default=0)
    return p


def asked(options):
    """What a line asks for; options of the method itself are passed over."""
    # argparse takes a value that begins with - for an option.
    joined = shlex.join(options).replace("--box -", "--box=-")
    a, _ = parser().parse_known_args(joined.split())
    a.lo = a.hi = None
    if a.nonneg:
        a.box = "0,inf"
    if a.box:
        a.lo, a.hi = map(float, a.box.split(","))
    if a.l1 is None:
        alone = a.l2 is None and a.group is None and a.lo is None
        a.l1 = 1.0 if alone else 0.0
    a.l2 = a.l2 or 0.0
    return a


def same(a):
    """A key: equal for lines whose problems are the same."""
    return (a.loss, a.delta, a.intercept, a.positive_weight,
            a.negative_weight, a.l1 / a.c, a.l2 / a.c, a.lo, a.hi,
            a.group and a.group / a.c, a.group_size, a.groups)


def liblinear(path):
    """Coefficients of the first label, as of 1, in a file of LIBLINEAR."""
    with open(path) as f:
        lines = f.read().split("\n")
    head = dict(line.split(" ", 1) for line in lines[:lines.index("w")])
    assert head["bias"].startswith("-1"), "it has a bias"
    x = np.array([float(w) for w in lines[lines.index("w") + 1:] if w.strip()])
    return x if head["label"].split()[0] == "1" else -x


class Fit:
    def __init__(self, line, rows, models):
        words = shlex.split(line)
        self.line, self.gap, self.wrong, self.slack = line, None, [], ROUNDING
        self.first = 0.0
        if words[0] == "known":
            self.a, self.f = asked(words[2:]), float(words[1])
            self.a.e, self.slack = 0.0, KNOWN
            return
        lin = words[0] == "liblinear"
        self.a = asked(words[2 if lin else 1:])
        self.p = Problem(self.a, rows)
        if lin:
            self.a.e = 0.0
            self.f = self.p.objective(liblinear(words[1]), 0.0)
            return
        model = next(models)
        text = model["text"]
        x = np.array(model["vector"]["elements"], float)
        b = text.get("intercept", 0.0) if self.a.intercept else 0.0
        self.gap = np.inf if text["gap"] is None else text["gap"]
        if not np.isfinite(x).all() or not np.isfinite(b):
            self.f = np.inf
            self.fault("x is not finite")
            return
        self.f = self.p.objective(x, b)
        self.says(text, x)
        self.first = self.p.objective(self.p.start(len(x)), 0.0)
        self.conditions(x, b)
        self.certified()

    def fault(self, what):
        self.wrong.append(what)

    def says(self, text, x):
        a = self.a
        want = {"loss": a.loss, "status": "converged",
                "nonzero": np.count_nonzero(x),
                "rows": len(self.p.rows.y)}
        for name in ("l1", "l2", "group"):
            if getattr(a, name):
                want[name] = getattr(a, name) / a.c
        if a.lo is not None and not a.nonneg:
            want["box"] = [a.lo, a.hi]
        elif a.nonneg:
            want["nonneg"] = True
        if a.loss == "huber":
            want["param"] = a.delta
        if a.loss in ("logistic", "squared_hinge"):
            want["weights"] = [a.negative_weight, a.positive_weight]
        for name, value in want.items():
            told = text.get(name)
            if told is None or told != value and not (
                    isinstance(value, float) and
                    abs(told - value) <= 1e-15 * value):
                self.fault(f"{name} is {told}, not {value}")
        if ("intercept" in text) != a.intercept:
            self.fault("an intercept, or none")
        told = text["objective"]
        if told is None or not abs(told - self.f) <= EXACT * abs(self.f):
            self.fault(f"says F = {told!r}, it is {self.f!r}")

    def conditions(self, x, b):
        v = self.p.violation(x, b)
        first = self.p.violation(self.p.start(len(x)), 0.0)
        if self.a.e <= NEAR and self.a.stop_gap is None and v > NEAR * first:
            self.fault(f"subgradient {v:.3g}, at the start {first:.3g}")

    def certified(self):
        """Is the gap one, where a dual point can be had?"""
        a = self.a
        if a.lo is not None:
            held = np.isfinite([a.lo, a.hi]).all()
        else:
            held = a.l1 > 0 or a.l2 > 0 or a.group
        if held and a.gap and a.e <= 1e-7 and not self.gap <= 1e-4 * abs(self.f):
            self.fault(f"gap {self.gap}, F = {self.f!r}")

    def compare(self, least, slack):
        error = self.f - least
        tight = self.a.e if self.a.stop_gap is None else self.a.stop_gap
        size = max(abs(least), 1e-2 * abs(self.first))
        if tight <= NEAR and not error <= NEAR * size:
            self.fault(f"F = {self.f!r}, least {least!r}")
        if self.gap is not None and \
                not error <= self.gap + slack * abs(least):
            self.fault(f"gap {self.gap:.3g}, but error {error:.3g}")


def main():
    rows = Rows(sys.argv[1], *sys.argv[4:5])
    with open(sys.argv[2]) as f:
        models = [json.loads(line) for line in f]
    with open(sys.argv[3]) as f:
        lines = [line.strip() for line in f if line.strip()]
    left = iter(models)
    fits, least, slack = [], {}, {}
    for line in lines:
        try:
            fit = Fit(line, rows, left)
        except StopIteration:
            print(f"{line}: there is no model")
            return 1
        fits.append(fit)
        key = same(fit.a)
        least[key] = min(least.get(key, np.inf), fit.f)
        slack[key] = max(slack.get(key, 0.0), fit.slack)
    faults = len(list(left))
    if faults:
        print(f"{faults} models more than fits")
    for fit in fits:
        fit.compare(least[same(fit.a)], slack[same(fit.a)])
        for what in fit.wrong:
            print(f"{fit.line}: {what}")
        faults += len(fit.wrong)
    print(f"{len(models)} models, {len(fits)} fits, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
