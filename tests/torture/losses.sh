#!/bin/bash
# losses.sh [-e EVERY] [-w WORKERS] [-r ROUNDS] [-n RUNS] [-s SEED] [-l LAUNCH]
#
# A job of a minute or more, of whose WORKERS (16) one is killed with SIGKILL every
# EVERY (2) seconds.  F must be that of a quiet run within 1e-6, each loss be told by
# an event of its own, and the hub's memory be flat: in the last quarter of the run
# its median may be above that of the second one by 1 MB.  Then the same with an
# encrypted link.  It is to take ROUNDS (100000) or so, each of them cheap.

set -u
name=losses.sh
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
every=2 many=16 many_rounds=100000 runs=2 seed=1 how='exec'
while getopts e:w:r:n:s:l: option; do
	case $option in
	e) every=$OPTARG ;;
	w) many=$OPTARG ;;
	r) many_rounds=$OPTARG ;;
	n) runs=$OPTARG ;;
	s) seed=$OPTARG ;;
	l) how=$OPTARG ;;
	*) exit 2 ;;
	esac
done

# quarter N: the median of the hub's memory in the Nth quarter of the run, kB.
quarter() {
	awk '{ print $2 }' "$1/rss" | awk -v q="$2" '
		{ kb[NR] = $1 }
		END { for (i = 1; i <= NR; i++)
			if (i > (q - 1) * NR / 4 && i <= q * NR / 4)
				print kb[i] }' | sort -n |
	    awk '{ kb[NR] = $1 } END { print kb[int((NR + 1) / 2)] }'
}

# What this run must show beside what every one must.
judge_more() {
	local lost first last
	lost=$(events lost)
	first=$(quarter "$dir" 2)
	last=$(quarter "$dir" 4)
	echo "  $kills killed, $lost lost; the hub's memory: $first kB in the" \
	    "second quarter, $last kB in the last," \
	    "$(awk '{ print $2 }' "$dir/rss" | sort -n | tail -n 1) kB at most;" \
	    "F $(objective "$dir/run.svf"), in quiet $best"
	# One that was killed as the job ended is no loss to anybody.
	[ "$lost" -eq "$kills" ] || [ "$lost" -eq $((kills - 1)) ] ||
	    wrong "$kills killed, and $lost losses told"
	# Sanitizers hold on to what was freed.
	[ -n "${SV_SANITIZED:-}" ] || [ -z "$first" ] ||
	    [ "$last" -le $((first + 1024)) ] ||
	    wrong "memory grows, from $first kB to $last kB"
}

begin
for ((k = 0; k < runs; k++)); do
	reset
	state=$((seed + k))
	launch=$how
	workers=$many kill_every=$every rounds=$many_rounds watch_hub=yes limit=900
	[ $((k % 2)) -eq 0 ] || hub_options+=' --encrypt'
	again="PATH=$tools:\$PATH bash $here/losses.sh -e $every -w $many -r $many_rounds"
	run "$([ $((k % 2)) -eq 0 ] || echo 'encrypted, ')$many workers," \
	    "one killed every $every s"
done
summary
