#!/bin/sh
# A bad day:	sh examples/08-survive.sh [--small]
#
# The same fit three times: in peace; with functions that live for four seconds
# each, are killed, refused and delivered twice, over a network that cuts; and
# with a hub that is killed in the middle, from where another one goes on.  The
# method is made slow on purpose, so that there is something to survive.

set -u
case "$#,${1:-}" in
0, | 1,--small) ;;
*)
	echo "usage: sh examples/08-survive.sh [--small]" >&2
	exit 2 ;;
esac
. "$(dirname "$0")/common.sh"
rounds=1500
rows=200000
if small "$@"; then
	rounds=2000
	rows=50000
fi
layer || exit
cd "$work" || exit 1
gen="sv-gen -n $rows -d 2000 -p 0.01"
fit="sv-admm -q --memory 0 --rho-fixed --rho 3000 -e 0 --max-rounds $rounds"

# objective FILE: of the last model.
objective() {
	sv-stats -f tsv --section models "$1" |
	    awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
	    END { print "objective", $at["objective"] }'
}

# It ends at its limit of rounds, which is status 3.
done_or_limit() {
	[ "$1" -eq 0 ] || [ "$1" -eq 3 ]
}

step "In peace: four processes" \
"$gen | sv-spawn -w 4 -x sv-worker |
    sv-hub -o peace.svf -- $fit >/dev/null"
# shellcheck disable=SC2086
$gen | sv-spawn -w 4 -x sv-worker |
    sv-hub -q -o peace.svf -- $fit >/dev/null
done_or_limit $? || exit 1
objective peace.svf

step "Functions of four seconds, faults of all kinds, a network that cuts" \
"sv-lambda --timeout 4 --fault-kill 0.02 --fault-duplicate 0.1 \\
    --fault-throttle 0.2 -F sv=function.zip,memory=1024 -- \\
sv-proxy --cut 0.05 '127.0.0.1:*' '127.0.0.1:*' -- sh -c '
    $gen | sv-spawn -w 4 -l sv |
    sv-hub -b tcp://\$SV_TARGET -a \$SV_PROXY --encrypt --save-state 20 \\
        --shard-losses 20 --job-losses 100 -o bad.svf -- $fit >/dev/null'"
# shellcheck disable=SC2016
sv-lambda -q --timeout 4 --fault-seed 4 --fault-kill 0.02 \
    --fault-duplicate 0.1 --fault-throttle 0.2 \
    -F "sv=$zip,memory=1024" -- sv-proxy -q --cut 0.05 '127.0.0.1:*' \
    '127.0.0.1:*' -- sh -c "$gen"' | sv-spawn -q -w 4 -l sv |
    sv-hub -q -b tcp://$SV_TARGET -a $SV_PROXY --encrypt --save-state 20 \
    --shard-losses 20 --job-losses 100 -o bad.svf -- '"$fit >/dev/null"
done_or_limit $? || exit 1
objective bad.svf
sv-stats --section summary bad.svf |
    awk '/^  [^ ]/ { p = $1 ~ /^(workers|handovers|lost|replaced|left)$/ ||
	$1 ~ /^(connections|refused)$/ } p'

step "A hub that is killed after a second, and one that goes on" \
"$gen | sv-spawn -w 4 -x sv-worker |
    timeout -s KILL 1 sv-hub -o run.svf --save-state 20 -- $fit >/dev/null
$gen | sv-spawn -w 4 -x sv-worker |
    sv-hub -o run.svf --save-state 20 -- $fit --resume run.svf >/dev/null"
$gen | sv-spawn -q -w 4 -x sv-worker 2>/dev/null | {
	timeout -s KILL 1 sv-hub -q -o run.svf --save-state 20 -- \
	    sh -c "$fit 2>/dev/null" >/dev/null
} 2>/dev/null
# shellcheck disable=SC2086
$gen | sv-spawn -w 4 -x sv-worker |
    sv-hub -q -o run.svf --save-state 20 -- $fit --resume run.svf >/dev/null
done_or_limit $? || exit 1
objective run.svf
