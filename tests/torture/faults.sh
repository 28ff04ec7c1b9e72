#!/bin/bash
# faults.sh [-n RUNS] [-s SEED] [-w WORKERS] [-r ROUNDS]
#
# All at once, with each of RUNS (10) seeds: 5 % of deliveries made twice, 10 % of
# requests refused with 429, 2 % of cold starts that crash, and 1 % of the connections
# cut each second.  Functions have 8 s, so that WORKERS (16) of them are started over
# and over again in the ROUNDS (6000, or so).  Every run must end with status 0 and F
# as in quiet within 1e-6.

set -u
name=faults.sh
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
runs=10 seed=1 many=16 many_rounds=6000
while getopts n:s:w:r: option; do
	case $option in
	n) runs=$OPTARG ;;
	s) seed=$OPTARG ;;
	w) many=$OPTARG ;;
	r) many_rounds=$OPTARG ;;
	*) exit 2 ;;
	esac
done

begin
for ((k = 0; k < runs; k++)); do
	reset
	state=$((seed + k))
	workers=$many rounds=$many_rounds launch='lambda' memory=256 limit=300
	hub_options+=' --encrypt'
	lambda_options="--fault-seed $state --timeout 8 --fault-duplicate 0.05"
	lambda_options+=' --fault-throttle 0.1 --fault-crash 0.02'
	proxy_options="--seed $state --cut 0.01 --delay 0.002"
	again="PATH=$tools:\$PATH bash $here/faults.sh -w $many -r $many_rounds -n 1 -s $state"
	run "seed $state"
done
summary
