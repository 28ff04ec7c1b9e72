#!/bin/sh
# The same problem with more and more workers:	sh examples/03-sweep.sh [--small] [W ...]
#
# One run file for each W; sv-stats compares them with the smallest W.  More
# workers than cores cannot be faster on one machine, but show what it costs.

set -u
counts=" $* "
counts=${counts#" --small "}
case $counts in
*[!0-9\ ]*)
	echo "usage: sh examples/03-sweep.sh [--small] [W ...]" >&2
	exit 2 ;;
esac
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
