#!/bin/sh
# Master and workers without a hub:	sh examples/05-fifos.sh [--small]
#
# Everything is a stream of frames, so that two FIFOs do for a start: one takes
# the master's globals to a worker, the other its updates back.

set -u
case "$#,${1:-}" in
0, | 1,--small) ;;
*)
	echo "usage: sh examples/05-fifos.sh [--small]" >&2
	exit 2 ;;
esac
. "$(dirname "$0")/common.sh"
rows=20000
small "$@" && rows=1000
cd "$work" || exit 1

# Who waits for the other end of a FIFO may wait for ever: end both of each
# pipeline in the background, the first, which jobs knows, and the last.
workers=''
leave() {
	jobs -p >pids
	# shellcheck disable=SC2046,SC2086
	kill $workers ${!:-} $(cat pids) 2>/dev/null
	wait
	finish
}
trap leave EXIT
sv-gen -n "$rows" -d 50 -p 0.1 >problem.svf || exit 1

step "One worker" \
'mkfifo up down
cat problem.svf down | sv-worker -F >up &
cat problem.svf up | sv-admm -w 1 --l1 1 | tee one.svf >down
sv-cat -t model one.svf'
mkfifo up down
cat problem.svf down | sv-worker -F >up &
workers=$!
cat problem.svf up | sv-admm -w 1 --l1 1 | tee one.svf >down
wait
sv-cat -t model one.svf | cut -c 1-300 || exit

# A frame of up to 4096 bytes is written in one piece (PIPE_BUF of pipe(7)), so
# that, with d <= 490, workers may share the FIFO to the master, which does not
# mind who is first.  Larger vectors want a hub.
step "Two workers: the globals go to both, the updates into one FIFO" \
'mkfifo down0 down1
cat problem.svf down0 | sv-worker -F -w 2 -i 0 >up &
cat problem.svf down1 | sv-worker -F -w 2 -i 1 >up &
cat problem.svf up | sv-admm -w 2 --l1 1 | tee two.svf down0 >down1
sv-cat -t model two.svf'
mkfifo down0 down1
cat problem.svf down0 | sv-worker -F -w 2 -i 0 >up &
workers=$!
cat problem.svf down1 | sv-worker -F -w 2 -i 1 >up &
cat problem.svf up | sv-admm -w 2 --l1 1 | tee two.svf down0 >down1
wait
sv-cat -t model two.svf | cut -c 1-300
