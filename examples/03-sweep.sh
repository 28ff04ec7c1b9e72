#!/bin/sh
# The same problem with more and more workers:	sh examples/03-sweep.sh [W ...]
#
# One run file for each W; sv-stats compares them with the smallest W.  More
# workers than cores cannot be faster on one machine, but show what it costs.

set -u
. "$(dirname "$0")/common.sh"
rows=60000
if small "$@"; then
	shift
	rows=4000
fi
[ $# -gt 0 ] || set -- 1 2 4
cd "$work" || exit 1

for w in "$@"; do
	step "$w worker(s)" \
"sv-gen -n $rows -d 1000 -p 0.01 | sv-spawn -w $w -x sv-worker |
    sv-hub -o run-$w.svf -- sv-admm --l1 1 >/dev/null"
	sv-gen -n "$rows" -d 1000 -p 0.01 | sv-spawn -w "$w" -x sv-worker |
	    sv-hub -o "run-$w.svf" -- sv-admm --l1 1 >/dev/null || exit
done

step "Compared" "sv-stats run-*.svf"
sv-stats run-*.svf
