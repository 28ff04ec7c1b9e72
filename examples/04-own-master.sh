#!/bin/sh
# A master of one's own, in Python:	sh examples/04-own-master.sh [--small]
#
# own-master.py reads frames and writes frames, as sv-admm does; hub and workers
# do not see a difference.

set -u
case "$#,${1:-}" in
0, | 1,--small) ;;
*)
	echo "usage: sh examples/04-own-master.sh [--small]" >&2
	exit 2 ;;
esac
. "$(dirname "$0")/common.sh"
rows=20000
small "$@" && rows=2000

# The Python that has what it takes: Debian's own, or the first on the PATH.
for python in /usr/bin/python3 python3 ''; do
	"$python" -c 'import numpy, xxhash' 2>/dev/null && break
done
if [ -z "$python" ]; then
	echo "This example needs NumPy and xxhash for Python:" \
	    "apt-get install python3-numpy python3-xxhash" >&2
	exit 1
fi
cd "$work" || exit 1

step "Its own master" \
"sv-gen -n $rows -d 100 -p 0.1 | sv-spawn -w 3 -x sv-worker |
    sv-hub -o own.svf -- $python own-master.py 1.0 | sv-stats"
sv-gen -n "$rows" -d 100 -p 0.1 | sv-spawn -w 3 -x sv-worker |
    sv-hub -o own.svf -- "$python" "$here/own-master.py" 1.0 | sv-stats || exit

step "sv-admm in its place" \
"sv-gen -n $rows -d 100 -p 0.1 | sv-spawn -w 3 -x sv-worker |
    sv-hub -o admm.svf -- sv-admm --l1 1.0 >/dev/null"
sv-gen -n "$rows" -d 100 -p 0.1 | sv-spawn -w 3 -x sv-worker |
    sv-hub -o admm.svf -- sv-admm --l1 1.0 >/dev/null || exit

step "Both models" "sv-cat -t model own.svf; sv-cat -t model admm.svf"
for run in own admm; do
	sv-cat -t model $run.svf | tr ',' '\n' |
	    sed -n "s/.*\"objective\":/$run: objective /p"
done
