# Rows with weights, from text to the model.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	sv-gen -n 200 -d 20 -p 0.2 | sv-cat -f libsvm >text
	awk '{ print NR % 3 }' text >weights
	awk '{ for (i = 0; i < NR % 3; i++) print }' text >twice
}

# model RUN: the objective, and the coefficients, a line each.
model() {
	sv-cat -t model --full -f json "$1" >model.json
	grep -q '"status":"converged"' model.json
	sed 's/.*"objective":\([^,]*\),.*/\1/' model.json
	sed 's/.*"elements":\[\([^]]*\)\].*/\1/' model.json | tr , '\n'
}

# solve PROBLEM RUN ARGUMENT...
solve() {
	local problem=$1 run=$2
	shift 2
	sv-spawn -q -w 3 -x sv-worker <"$problem" |
	    timeout 60 sv-hub -q -- sv-admm -q --l1 1 -e 1e-7 \
	    --max-rounds 5000 "$@" >"$run"
}

# close_to FILE FILE: numbers that differ by 1e-4 of the first one at most, which
# itself, the objective, differs by 1e-9 of it at most.
close_to() {
	paste "$1" "$2" | awk '
	NF != 2 { exit 1 }
	NR == 1 { size = $1 }
	{ d = ($1 - $2) / size; if (d < 0) d = -d }
	d > (NR == 1 ? 1e-9 : 1e-4) { print NR, $1, $2; exit 1 }
	END { exit (NR != 21) }'
}

# as_twice ARGUMENT...: do weights make the model that rows do which come so
# often?
as_twice() {
	sv-shard -w 3 -o a -W weights text >pa
	sv-shard -w 3 -o b twice >pb
	solve pa ra "$@"
	solve pb rb "$@"
	model ra >ma
	model rb >mb
	close_to ma mb
}

@test "a weight of 2 is the row twice, a weight of 0 none, in every model" {
	as_twice
	as_twice --intercept --positive-weight 3
	as_twice --loss squared
	as_twice --loss huber --delta 0.7
	as_twice --loss squared_hinge
	sed -i 's/^-1/0/; s/^+1/3/' text twice
	as_twice --loss poisson
}

@test "weights are those of their own rows" {
	# Others, and the model is another.
	sv-shard -w 3 -o a -W weights text >pa
	solve pa ra
	model ra >ma
	sort -r weights >others
	sv-shard -w 3 -o b -W others text >pb
	solve pb rb
	model rb >mb
	run ! close_to ma mb
	# One for all of them is like a weaker regulariser.
	sed 's/.*/4/' weights >fours
	sv-shard -w 3 -o c -W fours text >pc
	solve pc rc
	sv-shard -w 3 -o d text >pd
	solve pd rd --l1 0.25
	model rc >mc
	model rd >md
	awk '{ printf "%.17g\n", NR == 1 ? 4 * $1 : $1 }' md >want
	close_to mc want
}
