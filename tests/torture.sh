#!/bin/sh
# torture.sh [MINUTES [SEED]]: small experiments with random sizes, and random
# kills, for so many minutes.  Each must end by itself in time, with a status
# that fits what was done to it, and leave no process and no socket behind.
# Called by make torture MINUTES=30, with the tools in PATH.  Prints one line an
# experiment, and keeps the files of those that went wrong.  HARM=sv-hub-KILL in
# the environment does always the same harm.

set -u
minutes=${1:-10}
seed=${2:-$(date +%s)}
limit=120	# seconds that an experiment may take
gone=10		# seconds within which all is over once a stage was hit
end=$(($(date +%s) + minutes * 60))
for tool in sv-gen sv-spawn sv-worker sv-hub sv-admm sv-stats sv-cat; do
	command -v $tool >/dev/null || {
		echo "torture.sh: $tool is not in PATH; call make torture" >&2
		exit 1
	}
done
top=$(mktemp -d) || exit 1
good=0
bad=0
hits=0	# experiments in which something was killed
n=0

# random MIN MAX: the next number of the seed's sequence, in $r.
random() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	r=$(($1 + (seed / 65536) % ($2 - $1 + 1)))
}

# ours: processes of this experiment, which all have its directory in their
# environment.
ours() {
	grep -lsxzF "SV_TORTURE=$dir" /proc/[0-9]*/environ |
	    sed 's,/proc/\([0-9]*\)/.*,\1,'
}

# of NAME: those among them that run this program.
of() {
	for p in $(ours); do
		[ "$(cat "/proc/$p/comm" 2>/dev/null)" != "$1" ] || echo "$p"
	done
}

# one_of PID...: one of them at random, in $r; empty if there is none.
one_of() {
	[ $# -gt 0 ] || { r=; return; }
	random 1 $#
	shift $((r - 1))
	r=$1
}

# wait_over SECONDS: until the pipeline has ended and no process is left.
wait_over() {
	tries=$(($1 * 5))
	while [ ! -e "$dir/status" ] || [ -n "$(ours)" ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.2
	done
}

wrong() {
	echo "    WRONG: $*"
	ok=no
}

# pipeline: the experiment itself; its status goes to $dir/status.
pipeline() {
	(
		export SV_TORTURE="$dir" TMPDIR="$dir/tmp"
		sv-gen -n "$rows" -d "$d" -p 0.1 -s "$n" 2>"$dir/gen" |
		    sv-spawn -w "$w" -x sv-worker 2>"$dir/spawn" |
		    sv-hub -o "$dir/run.svf" -- sv-admm --l1 1 -e 1e-8 \
		    --max-rounds "$rounds" 2>"$dir/hub" |
		    sv-stats >"$dir/stats" 2>&1
		echo $? >"$dir/status"
	)
}

# harm: kill something now and then while the experiment runs.
harm() {
	case $what in
	nothing) return ;;
	worker) name=sv-worker sig=KILL ;;
	worker-stop) name=sv-worker sig=STOP ;;
	worker-term) name=sv-worker sig=TERM ;;
	*) name=${what%-*} sig=${what##*-} ;;
	esac
	# Wait until there is one, and then some more: most runs are short.
	tries=50
	while [ -z "$(of "$name")" ] && [ $tries -gt 0 ]; do
		tries=$((tries - 1))
		sleep 0.02
	done
	random 0 9
	sleep "$(awk "BEGIN { print $r * $r / 200 }")"
	# shellcheck disable=SC2046
	one_of $(of "$name")
	[ -n "$r" ] || return
	kill -s "$sig" "$r" 2>/dev/null || return
	hits=$((hits + 1))
	case $name in
	sv-worker) ;;
	*) patience=$gone ;;
	esac
	if [ "$sig" = STOP ]; then
		sleep 1
		kill -s CONT "$r" 2>/dev/null
	fi
}

# judge: does what happened fit?
judge() {
	status=$(cat "$dir/status" 2>/dev/null || echo none)
	case $what,$status in
	nothing,[03] | worker*,[03]) ;;
	nothing,* | worker*,*)
		wrong "status $status after harm to $what" ;;
	*,none) wrong "no status" ;;
	*,[0-9]*)
		# A stage was hit.  It ends, with whatever status; a run that
		# calls itself done must have a model.
		;;
	esac
	if [ "$status" = 0 ]; then
		sv-cat -t model -f json "$dir/run.svf" >"$dir/model" 2>&1
		[ -s "$dir/model" ] || wrong "status 0 and no model"
	fi
	# Who is killed outright cannot remove its socket.
	if [ "$what" != sv-spawn-KILL ] && [ -n "$(ls -A "$dir/tmp")" ]; then
		wrong "left behind: $(ls "$dir/tmp")"
	fi
}

experiment() {
	n=$((n + 1))
	ok=yes
	patience=$limit
	dir=$top/$n
	mkdir -p "$dir/tmp"
	random 50 20000; rows=$r
	random 1 1000; d=$r
	random 1 300; rounds=$r
	random 1 12; w=$r
	random 1 12
	case $r in
	1 | 2 | 3) what=nothing ;;
	4 | 5 | 6) what=worker ;;
	7) what=worker-stop ;;
	8) what=worker-term ;;
	9) what=sv-hub-INT ;;
	10) what=sv-hub-KILL ;;
	11) what=sv-spawn-KILL ;;
	12) what=sv-admm-KILL ;;
	esac
	what=${HARM:-$what}
	echo "$n: $rows x $d, $w workers, $rounds rounds, harm: $what"
	pipeline &
	harm
	if ! wait_over "$patience"; then
		wrong "still running after $patience s: $(ours | tr '\n' ' ')"
		for p in $(ours); do
			kill -s KILL "$p"
		done
	fi
	wait
	judge
	if [ $ok = yes ]; then
		good=$((good + 1))
		rm -rf "$dir"
	else
		bad=$((bad + 1))
		tail -n 3 "$dir/gen" "$dir/spawn" "$dir/hub" "$dir/stats"
	fi
}

finish() {
	for p in $(ours); do
		kill -s KILL "$p"
	done
	echo "$n experiments, $hits of them hit: $good good, $bad bad"
	[ $bad -eq 0 ] || echo "what they left is in $top"
	[ $bad -gt 0 ] || rm -rf "$top"
	[ $bad -eq 0 ]
	exit
}

echo "torture: $minutes minutes, seed $seed"
trap finish INT TERM
while [ "$(date +%s)" -lt $end ]; do
	experiment
done
finish
