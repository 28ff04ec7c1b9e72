#!/usr/bin/python3
"""judge.py CASES: does scikit-learn say the same?

Each line of CASES is

	ROWS PREDICTIONS METRICS POSITIVE [WEIGHTS]

LIBSVM text, what "sv-predict -f all" and "sv-predict -m -f json" said of it, the
label of the positive rows ("number": labels are numbers), and the model as
"sv-cat -f npy" writes it, its intercept last if it has one.  Everything is
computed from ROWS and the margins, or from WEIGHTS by scikit-learn's own
estimator.  Prints a line for each case, and for each fault; status 1 if there was
one.
"""

import json
import math
import sys

import numpy as np
from sklearn import metrics
from sklearn.datasets import load_svmlight_file
from sklearn.linear_model import LinearRegression, LogisticRegression

NEAR = 1e-9
faults = 0


def fault(what):
    global faults
    faults += 1
    print("fault:", what)


def near(name, ours, theirs):
    if ours is None or not math.isfinite(theirs):
        fault("%s: %s and %s" % (name, ours, theirs))
    elif abs(ours - theirs) > NEAR * max(1.0, abs(theirs)):
        fault("%s: %.17g and %.17g" % (name, ours, theirs))


def classes(y, m, said):
    p = 1 / (1 + np.exp(-m))
    guess = m > 0
    near("accuracy", said["accuracy"], metrics.accuracy_score(y, guess))
    if said["log_loss"] is not None:
        near("log_loss", said["log_loss"],
             metrics.log_loss(y, p, labels=[False, True]))
    if len(set(y)) == 2:
        near("auc", said["auc"], metrics.roc_auc_score(y, m))
    elif said["auc"] is not None:
        fault("an AUC of one class")
    if guess.any():
        near("precision", said["precision"],
             metrics.precision_score(y, guess))
    if y.any():
        near("recall", said["recall"], metrics.recall_score(y, guess))
        near("f1", said["f1"], metrics.f1_score(y, guess))
    (tn, fp), (fn, tp) = metrics.confusion_matrix(
        y, guess, labels=[False, True])
    if [said[k] for k in ("tn", "fp", "fn", "tp")] != [tn, fp, fn, tp]:
        fault("counts: %s" % [tn, fp, fn, tp])


def numbers(y, m, said):
    near("mse", said["mse"], metrics.mean_squared_error(y, m))
    near("mae", said["mae"], metrics.mean_absolute_error(y, m))
    near("r2", said["r2"], metrics.r2_score(y, m))


def estimator(X, m, label, path, positive):
    """What scikit-learn predicts with these weights."""
    w = np.load(path)
    w = np.append(w, np.zeros(max(0, X.shape[1] + 1 - len(w))))
    linear = positive == "number"
    e = LinearRegression() if linear else LogisticRegression()
    e.coef_ = w[:X.shape[1]] if linear else w[None, :X.shape[1]]
    e.intercept_ = w[X.shape[1]]
    e.classes_ = np.array([0, 1])
    size = np.abs(X) @ np.abs(w[:X.shape[1]]) + abs(w[X.shape[1]])
    theirs = e.predict(X) if linear else e.decision_function(X)
    if np.max(np.abs(theirs - m) / np.maximum(size, 1e-300)) > 1e-12:
        fault("margins differ")
    if not linear:
        sure = np.abs(m) > 1e-12 * size
        same = (label == positive) == (e.predict(X) == 1)
        if not np.all(same[sure]):
            fault("labels differ")
        if not sure.any():
            fault("no margin is sure")


def judge(rows, predictions, said, positive, path=None):
    X, y = load_svmlight_file(rows)
    lines = [line.split("\t") for line in open(predictions)]
    m = np.array([float(line[-1]) for line in lines])
    label = np.array([line[0] for line in lines])
    said = json.load(open(said))
    if len(m) != len(y) or said["rows"] != len(y):
        fault("%d predictions of %d rows" % (len(m), len(y)))
    if positive == "number":
        numbers(y, m, said)
    else:
        classes(y == float(positive), m, said)
        if len(lines[0]) == 3:
            p = np.array([float(line[1]) for line in lines])
            if np.max(np.abs(p - 1 / (1 + np.exp(-m)))) > 1e-15:
                fault("probabilities differ")
    if path is not None:
        # The intercept is behind the weights of all features.
        estimator(X, m, label, path, positive)


for case in open(sys.argv[1]):
    print(case.strip())
    judge(*case.split())
sys.exit(faults > 0)
