#!/bin/sh
# Many models of the same rows:	sh examples/07-models.sh [--small]
#
# A path of twelve weights with the same running workers, the rows being loaded
# once; then one of them again with an intercept, certified; and the same by
# another method.

set -u
case "$#,${1:-}" in
0, | 1,--small) ;;
*)
	echo "usage: sh examples/07-models.sh [--small]" >&2
	exit 2 ;;
esac
. "$(dirname "$0")/common.sh"
rows=60000
if small "$@"; then
	rows=3000
fi
cd "$work" || exit 1
sv-gen -n $rows -d 400 -p 0.02 | sv-shard -q -w 4 -o shards >problem.svf ||
    exit

step "Twelve models, from the one that is zero down" \
"sv-spawn -x sv-worker < problem.svf |
    sv-hub -o path.svf -- sv-admm -q --path 12 | sv-stats --section models"
sv-spawn -x sv-worker <problem.svf |
    sv-hub -o path.svf -- sv-admm -q --path 12 | sv-stats --section models ||
    exit

step "An elastic net with an intercept, proven to be within 0.01 %" \
"sv-spawn -x sv-worker < problem.svf |
    sv-hub -- sv-admm --l1 2 --l2 1 --intercept --stop-gap 1e-4 >/dev/null"
sv-spawn -x sv-worker <problem.svf |
    sv-hub -q -- sv-admm --l1 2 --l2 1 --intercept --stop-gap 1e-4 \
    >/dev/null || exit

step "The same by accelerated proximal gradient: another master, nothing else" \
"sv-spawn -x sv-worker < problem.svf |
    sv-hub -- sv-fista --l1 2 --l2 1 --intercept --stop-gap 1e-4 >/dev/null"
sv-spawn -x sv-worker <problem.svf |
    sv-hub -q -- sv-fista --l1 2 --l2 1 --intercept --stop-gap 1e-4 \
    >/dev/null
