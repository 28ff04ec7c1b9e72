#!/bin/sh
# hub.sh SECONDS HUB [SEED]: jobs, one after the other for so long, in the working
# directory, whose hub is the program HUB, built with sanitizers, and of whose
# workers but one sends frames that are nearly right (tests/intruder.c), with the
# keys of a worker, as the worker and beside it.  Prints what was sent; status 1
# if a sanitizer had something to say, or a hub crashed or did not end when it was
# told to, or failed without a word: its files are kept then.  How far a job comes
# is its workers' affair: after a while it is ended.

set -u
seconds=$1
hub=$2
seed=${3:-1}
end=$(($(date +%s) + seconds))
sent=0
jobs=0
ASAN_OPTIONS=exitcode=99:allocator_may_return_null=1
UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
export ASAN_OPTIONS UBSAN_OPTIONS

# Who comes as a worker: seeds differ, the invocation is used twice.
# shellcheck disable=SC2016
worker='
	[ $SV_SHARD != 3 ] || exec sv-worker -q
	n=$((SEED * 64 + SV_SHARD * 16 + SV_GENERATION))
	umask 077
	cat >in.$SV_SHARD.$SV_GENERATION
	set -- mutate other states random hellos connects deaf errors
	shift $((n % 8))
	intruder $ERRORS -s $n -n 2000 -t 4 $1 <in.$SV_SHARD.$SV_GENERATION &
	left=
	[ $((n % 3)) != 0 ] || left="-l 0.$((n % 10))"
	exec intruder $ERRORS $left -g 0 -r 1 -n 40 -s $n -t 30 seat:mutants \
	    <in.$SV_SHARD.$SV_GENERATION'

# one: a job, with its hub's status.
one() {
	ERRORS=
	[ $((SEED % 8)) -ne 7 ] || ERRORS=-e
	saved="--save-state $((SEED % 3))"
	[ $((SEED % 3)) -ne 0 ] || saved=
	encrypt=--encrypt
	[ $((SEED % 5)) -ne 4 ] || encrypt=
	export SEED ERRORS
	# shellcheck disable=SC2086
	sv-gen -n 300 -d 20 -p 0.5 -s "$SEED" |
	    timeout -k 5 60 sv-spawn -q -w 4 -x "$worker" 2>spawn.err | {
		timeout -k 10 20 "$hub" -q $encrypt $saved --round-timeout 2 \
		    --shard-losses 100000 --job-losses 1000000 -o run.svf \
		    -- sv-admm -q -e 1e-14 --max-rounds 100 >/dev/null \
		    2>hub.err
		echo $? >status
	}
	# shellcheck disable=SC2094
	read -r status <status
}

while [ "$(date +%s)" -lt $end ]; do
	SEED=$seed
	rm -f in.* run.svf*
	one
	jobs=$((jobs + 1))
	n=$(awk '/ sent$/ { n += $(NF - 1) } END { print n + 0 }' spawn.err)
	sent=$((sent + n))
	case $status in
	0 | 3 | 124) said=1 ;;
	1) said=$(wc -l <hub.err) ;;
	*) said=0 ;;
	esac
	if [ "$said" -eq 0 ] || grep -Eq 'Sanitizer|runtime error' hub.err; then
		echo "seed $seed: the hub ended with status $status: see" \
		    "$(pwd)/hub.err"
		exit 1
	fi
	seed=$((seed + 1))
done
echo "$sent messages in $jobs jobs"
