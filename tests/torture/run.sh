#!/bin/bash
# run.sh [-m MINUTES] [-t SECONDS] [-n RUNS] [-s SEED]
#
# Small jobs to which all kinds of things are done, one after the other until the time
# is over (30 minutes), or so many.
#
# Each run has a seed, SEED and those that follow, and from it alone are drawn:
# whether its workers are commands or functions on sv-lambda; whether the link is
# encrypted; which faults sv-lambda has, and whether its functions have so little
# time that they are handed over all the time; what sv-proxy between workers and hub
# does; whether workers are killed and stopped by hand; how often states are saved.
# A run must end by itself and with status 0, with the F of a quiet run within 1e-6,
# a run file that is whole, and no process, socket or directory left.
#
# make torture MINUTES=30 calls it, with the tools in PATH.

set -u
name=run.sh
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
minutes=30 seconds='' runs=1000000 seed=$(date +%s)
while getopts m:t:n:s: option; do
	case $option in
	m) minutes=$OPTARG ;;
	t) seconds=$OPTARG ;;
	n) runs=$OPTARG ;;
	s) seed=$OPTARG ;;
	*) exit 2 ;;
	esac
done
case "$minutes$seconds$runs$seed" in
*[!0-9]*)
	echo "usage: run.sh [-m MINUTES] [-t SECONDS] [-n RUNS] [-s SEED]" >&2
	exit 2 ;;
esac
: "${seconds:=$((minutes * 60))}"

# shared RATE: of each worker, where RATE is that of all together, in $r.  What
# happens more often than workers recover from it is survived, but never over.
shared() {
	r=$(awk -v rate="$1" -v n="$workers" 'BEGIN { print rate / n }')
}

# What the network does.
choose_proxy() {
	proxy_options="--seed $1"
	! chance 2 || { one_of 0.1 0.3 1; shared "$r"
	    proxy_options+=" --cut $r"; }
	! chance 2 || { one_of 0.001,0.004 0.002 0.005,0.005
	    proxy_options+=" --delay $r"; }
	! chance 3 || { one_of 20 200 5000; proxy_options+=" --split $r"; }
	! chance 4 || { one_of 1e-7 1e-6; proxy_options+=" --corrupt $r"; }
	! chance 4 || { one_of 1 4 9; silence=$r; shared 0.1
	    proxy_options+=" --stall $r,$silence"; }
	! chance 3 || { one_of 0.05 0.2; proxy_options+=" --refuse $r"; }
	! chance 6 || { one_of 3,0.5 5,2; proxy_options+=" --down $r"; }
}

# What the platform does.
choose_lambda() {
	lambda_options="--fault-seed $1"
	! chance 2 || { one_of 4 6 9; lambda_options+=" --timeout $r"; }
	! chance 3 || { one_of 0.1 0.2; shared "$r"
	    lambda_options+=" --fault-kill $r"; }
	! chance 3 || { one_of 0.02 0.1; lambda_options+=" --fault-crash $r"; }
	! chance 4 || { one_of 2 9; silence=$r; shared 0.05
	    lambda_options+=" --fault-freeze $r,$silence"; }
	! chance 3 || { one_of 0.05 0.3,2
	    lambda_options+=" --fault-duplicate $r"; }
	! chance 3 || { one_of 0.1 0.3; lambda_options+=" --fault-throttle $r"; }
	! chance 6 || lambda_options+=" --fault-storm 4,1"
	! chance 4 || { one_of 0.05 0.1; lambda_options+=" --fault-error $r"; }
	! chance 5 || lambda_options+=" --fault-slow 0.2"
	! chance 5 || lambda_options+=" --fault-late 0.2,3"
}

# What is done in the run of this seed.
choose() {
	reset
	state=$1
	random 0 1
	random 0 1
	one_of 1 2 4 8 16; workers=$r
	one_of 500 2000 8000; rows=$r
	one_of 20 100 400; features=$r
	one_of 100 200 400; rounds=$r
	! chance 8 || master='sv-fista -q --l1 1 -e 1e-7 --max-rounds 200000'
	one_of exec exec lambda lambda async; launch=$r
	! chance 2 || hub_options+=' --encrypt'
	! chance 2 || { one_of 1 10 100; hub_options+=" --save-state $r"; }
	chance 4 || choose_proxy "$1"
	[ "$launch" = exec ] || choose_lambda "$1"
	# So many that the job can still end.
	kill_most=8 stop_most=3
	! chance 2 || { one_of 1 2 4; kill_every=$r; }
	[ "$launch" != exec ] || [ "$kill_every" -gt 0 ] ||
	    [ -n "$proxy_options" ] || kill_every=1
	# Rounds take longer with a proxy.
	[ -n "$proxy_options" ] || rounds=$((rounds * 5))
	! chance 6 || stop_every=4
	# Of a call that nobody waits for only the cut connection tells.
	[ "$launch" != async ] || kill_every=$((kill_every * 10))
	again="PATH=$tools:\$PATH bash $here/run.sh -n 1 -s $1"
}

title() {
	local encrypted=
	case $hub_options in
	*--encrypt*) encrypted=' encrypted,' ;;
	esac
	echo "$1: $launch, $workers workers,$encrypted ${master%% *}"
}

begin
echo "torture: $seconds s, seeds from $seed"
end=$((SECONDS + seconds))
for ((k = 0; k < runs && SECONDS < end; k++)); do
	choose $((seed + k))
	run "$(title $((seed + k)))"
done
summary
