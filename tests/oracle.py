"""oracle.py STATS <TIMING: the figures that sv-stats has written to the file
STATS as JSON, computed once more from what sv-cat --full -f json -t timing
says, by the definitions of sv-stats(1).  Fails with the first that differs."""

import json
import math
import statistics
import sys

stats = json.load(open(sys.argv[1], encoding="utf-8"))
rounds = [json.loads(line) for line in sys.stdin]
checked = 0


def same(name, mine, theirs, eps=1e-9):
    global checked
    checked += 1
    if mine is None or theirs is None:
        assert mine is None and theirs is None, (name, mine, theirs)
    else:
        assert abs(mine - theirs) <= eps * max(1, abs(mine)), \
            (name, mine, theirs)


def less(a, b):
    return None if a is None or b is None else a - b


def mean(values):
    known = [v for v in values if v is not None]
    return statistics.fmean(known) if known else None


def sd(values):
    known = [v for v in values if v is not None]
    return statistics.stdev(known) if len(known) > 1 else None


def quantile(values, p):
    known = sorted(values)
    return known[max(math.ceil(p * len(known)), 1) - 1] if known else None


def quantities(row, lastin):
    return {
        "computation": row["comp"], "idle": row["idle"],
        "delay": less(row["taken"], row["sent"]),
        "communication": less(less(row["received"], row["sent"]),
                              row["comp"]),
        "queueing": less(row["taken"], row["received"]),
        "barrier": less(lastin, row["summed"]),
    }


# Which rounds are steps of the method.
before = 0
for r in rounds:
    r["step"] = r["op"] == "step" or r["round"] not in (0, before)
    before = r["round"]
    t = r["scalars"]
    r["time"] = less(t["lastin"] if t["answer"] is None else t["answer"],
                     t["sent"])
    r["q"] = [quantities(row, t["lastin"]) for row in r["vector"]["rows"]]
    r["response"] = [less(row["received"], row["sent"])
                     for row in r["vector"]["rows"]]
steps = [r for r in rounds if r["step"]]
W = len(rounds[0]["q"])

# Each round.
assert len(stats["per_round"]) == len(rounds)
for r, got in zip(rounds, stats["per_round"]):
    t, rows = r["scalars"], r["vector"]["rows"]
    name = ("round", r["round"], r["op"])
    assert got["round"] == r["round"] and got["op"] == r["op"], name
    assert got["step"] == r["step"], name
    same(name + ("at",), t["sent"] - rounds[0]["scalars"]["sent"],
         got["at_s"])
    same(name + ("time",), r["time"], got["time_s"])
    same(name + ("send",), t["allsent"] - t["sent"], got["send_s"])
    same(name + ("master",), less(t["answer"], t["lastin"]),
         got["master_s"])
    known = [x for x in r["response"] if x is not None]
    assert got["answered"] == len(known), name
    same(name + ("response",), max(known), got["response_s"])
    assert got["slowest"] == r["response"].index(max(known)), name
    for q, key in (("computation", "comp_s"), ("idle", "idle_s"),
                   ("delay", "delay_s"), ("queueing", "queueing_s"),
                   ("communication", "communication_s"),
                   ("barrier", "barrier_s")):
        same(name + (q,), mean(x[q] for x in r["q"]), got[key])
    same(name + ("max",), max(x["comp"] for x in rows
                              if x["comp"] is not None), got["comp_max_s"])
    same(name + ("cpu",), sum(x["cpu"] or 0 for x in rows), got["cpu_s"])
    same(name + ("down",), t["down"], got["bytes_down"])
    same(name + ("up",), t["up"], got["bytes_up"])

# Utilisation: over rounds first, then over workers; quantiles over all.
for got in stats["utilisation"][:6]:
    q = got["quantity"]
    of = [[r["q"][i][q] for r in steps] for i in range(W)]
    means = [mean(x) for x in of]
    same(q, mean(means), got["mean_s"])
    same(q + " sd workers", sd(means), got["sd_workers_s"])
    same(q + " sd rounds", mean(sd(x) for x in of), got["sd_rounds_s"])
    same(q + " min", min(x for x in means if x is not None), got["min_s"])
    same(q + " max", max(x for x in means if x is not None), got["max_s"])
    every = [v for x in of for v in x if v is not None]
    # Single values are rounded to 2e-7 of a round's length.
    eps = 2e-6 * max(r["time"] for r in steps)
    same(q + " median", statistics.median(every), got["median_s"], eps)
    same(q + " p95", quantile(every, 0.95), got["p95_s"], eps)
    same(q + " p99", quantile(every, 0.99), got["p99_s"], eps)
    for d in stats["distributions"]:
        if d["quantity"] != q or None in (d["from_s"], d["to_s"]):
            continue
        n = sum(d["from_s"] + eps <= v < d["to_s"] - eps for v in every)
        m = sum(d["from_s"] - eps <= v < d["to_s"] + eps for v in every)
        assert n <= d["n"] <= m, (q, d, n, m)
    total = sum(d["n"] for d in stats["distributions"] if d["quantity"] == q)
    assert total in (0, len(every)), (q, total)
for name, values in (
        ("send", [r["scalars"]["allsent"] - r["scalars"]["sent"]
                  for r in steps]),
        ("master", [less(r["scalars"]["answer"], r["scalars"]["lastin"])
                    for r in steps]),
        ("round", [r["time"] for r in steps])):
    got = [u for u in stats["utilisation"] if u["quantity"] == name][0]
    same(name, mean(values), got["mean_s"])
    same(name + " sd", sd(values), got["sd_rounds_s"])
    same(name + " median", statistics.median(values), got["median_s"])
    same(name + " p99", quantile(values, 0.99), got["p99_s"])

# Responsiveness, and the workers.
slow, ranked = [0] * W, [0] * W
for r in steps:
    order = sorted((i for i in range(W) if r["response"][i] is not None),
                   key=lambda i: (-r["response"][i], i))
    n = len(order)
    for k, i in enumerate(order):
        ranked[i] += 1
        slow[i] += k < (1 if n < 10 else (n + 5) // 10)
for i, got in enumerate(stats["shards"]):
    same(("slow", i), slow[i] / ranked[i], got["slow"])
    same(("cpu", i), sum(r["vector"]["rows"][i]["cpu"] or 0 for r in rounds),
         got["cpu_s"])
    same(("comp", i), mean(r["q"][i]["computation"] for r in steps),
         got["comp_s"])
    same(("barrier sd", i), sd([r["q"][i]["barrier"] for r in steps]),
         got["barrier_sd_s"])
bins = [0] * 20
for s, n in zip(slow, ranked):
    bins[min(20 * s // n, 19)] += 1
assert bins == [b["workers"] for b in stats["responsiveness"]]

# Timing: the computation in the middle of what is between sent and received.
median = sorted(steps, key=lambda r: r["time"])[(len(steps) - 1) // 2]
slowest = max(steps, key=lambda r: r["time"])
for which, r in (("median", median), ("slowest", slowest)):
    got = [x for x in stats["timing"] if x["chosen"] == which]
    if median is slowest and which == "slowest":
        continue
    assert len(got) == W and got[0]["round"] == r["round"], which
    eps = 1e-6 * r["time"]
    for row, x, g in zip(r["vector"]["rows"], r["q"], got):
        zero = r["scalars"]["sent"]
        for k in "sent", "received", "taken", "summed":
            same((which, k), less(row[k], zero), g[k + "_s"], eps)
        if x["communication"] is not None:
            half = max(x["communication"], 0) / 2
            same((which, "begin"), row["sent"] - zero + half,
                 g["comp_begin_s"], eps)
            same((which, "end"), row["received"] - zero - half,
                 g["comp_end_s"], eps)

# Sums.
same("bytes", sum(r["scalars"]["down"] for r in rounds), stats["bytes_down"])
same("cpu", sum(x["cpu"] or 0 for r in rounds for x in r["vector"]["rows"]),
     stats["cpu_s"])
same("rounds", len(steps), stats["rounds"])
same("others", len(rounds) - len(steps), stats["other_rounds"])
print(checked, "figures")
