# sv-admm as a filter: what it makes of a stream, and of one that is wrong.  Its
# mathematics: test-admm.c.

setup() {
	cd "$BATS_TEST_TMPDIR"
	PATH=$SV_BUILDDIR/tests:$PATH
	sv-gen -n 100 -d 4 -p 0.5 >problem
}

# master ARGUMENT...: run it on the file in.
master() {
	status=0
	timeout 20 sv-admm --memory 0 --gap 0 "$@" <in >out 2>err || status=$?
	echo "status $status"
	cat err
}

# It failed with one line that is like RE.
fails() {
	[ "$status" -eq 1 ] || return 1
	[ "$(wc -l <err)" -eq 1 ] || return 1
	grep -Eq "^sv-admm: $1" err
}

# The same, for a usage error.
refuses() {
	[ "$status" -eq 2 ] || return 1
	[ ! -s out ] || return 1
	[ "$(wc -l <err)" -eq 2 ] || return 1
	grep -Eq "^sv-admm: $1" err || return 1
	[ "$(tail -n 1 err)" = "try 'sv-admm --help'" ]
}

# after FRAME...: the problem, a job of two workers, and what they send.
after() {
	cat problem
	updates workers=2 job d=4 count=2 x=-50 nx=-40 "$@"
}

# pairs W ARGUMENT...: a master and W workers joined by FIFOs.  The workers' updates
# are short enough for each to be written in one piece.
pairs() {
	local w=$1 i pids=
	shift
	rm -f up* down* out
	mkfifo up
	for i in $(seq 0 $((w - 1))); do
		mkfifo "down$i"
		{ cat problem "down$i"; } | sv-worker -F -w "$w" -i "$i" >up 3>&- &
		pids="$pids $!"
	done
	# shellcheck disable=SC2046
	{ cat problem; cat up; } |
	timeout 20 sv-admm -w "$w" "$@" 2>err |
	tee $(seq -f 'down%g' 0 $((w - 1))) >out
	status=${PIPESTATUS[1]}
	# shellcheck disable=SC2086
	wait $pids
	cat err
}

@test "one worker, without a hub" {
	pairs 1 --l1 0.5 -e 1e-6
	[ "$status" -eq 0 ]
	grep -q "converged after" err
	peek <out | tail -n 1 | grep -q '^model none .* 4 {"loss":"logistic","method":"admm",.*"status":"converged",.*"l1":0.5'
}

@test "other numbers of workers, another alpha and rho, the same optimum" {
	pairs 1 --l1 0.5 -e 1e-7 --eps-g 1e-8 --eps-f 0
	one=$(peek <out | sed -n 's/^model.*"objective":\([0-9.]*\),.*/\1/p')
	[ -n "$one" ]
	[ "$status" -eq 0 ]
	pairs 3 --l1 0.5 -e 1e-7 --eps-g 1e-8 --eps-f 0 --alpha 1.6 --rho 3
	[ "$status" -eq 0 ]
	other=$(peek <out | sed -n 's/^model.*"objective":\([0-9.]*\),.*/\1/p')
	awk -v a="$one" -v b="$other" 'BEGIN { exit !((a-b)^2 < (1e-9*a)^2) }'
}

@test "the frames it writes" {
	after grad round=0 step >in
	master -q
	fails "input ended in round 1"
	peek <out >lines
	cat lines
	[ "$(cut -d ' ' -f 1-3,7-8 lines | tr '\n' ,)" = \
	    "global grad 0 1 4,trace grad 0 1 0,global step 1 1 4,trace step 1 1 0,global grad 1 1 4," ]
	# The task is in each global, for a worker that has just come.
	[ "$(grep -c '"task":1,"loss":"logistic",.*"solver":"newton","kmin":1' lines)" -eq 3 ]
}

@test "options of the solver go to the workers" {
	cat problem >in
	master -w 1 --kmin 60 --eps-g 0.25 --eps-f 0.5
	peek <out | grep -q '"kmin":60,"kmax":60,"eps_g":0.25,"eps_f":0.5,'
	master -w 1 --kmin 3 --kmax 7
	peek <out | grep -q '"kmin":3,"kmax":7'
}

@test "zero is the answer where lambda is large" {
	after grad >in
	master --l1 50
	[ "$status" -eq 0 ]
	grep -q "converged after 0 rounds" err
	peek <out | tail -n 1 | grep -q '"rounds":0,"status":"converged",.*"optimality":0.0,.*"nonzero":0'
}

@test "a run that stops at the limit says so" {
	after grad step grad >in
	master --max-rounds 1 --l1 1
	[ "$status" -eq 3 ]
	grep -q "not converged after 1 round" err
	peek <out | tail -n 1 | grep -q '"rounds":1,"status":"limit"'
}

@test "not a byte is read that belongs to the next one" {
	{ after grad; after seq=5 grad; echo rest; } >in
	# shellcheck disable=SC2094
	{ sv-admm --l1 60; sv-admm --l1 70; cat >rest; } <in >out 2>err
	[ "$(cat rest)" = rest ]
	[ "$(peek <out | grep -c '^model')" -eq 2 ]
}

@test "updates one by one, in any order, and as a sum" {
	{ cat problem; updates workers=2 job d=4 count=1 shard=1 x=-30 nx=-20 \
	    rows=60 pos=30 grad shard=0 x=-20 rows=40 pos=20 grad; } >in
	master --l1 1
	fails "input ended in round 1"
	peek <out | head -n 2 | tail -n 1 >one
	{ cat problem; updates workers=2 job d=4 count=2 x=-50 nx=-40 \
	    rows=100 pos=50 grad; } >in
	master --l1 1
	fails "input ended in round 1"
	peek <out | head -n 2 | tail -n 1 | cmp - one
}

@test "frames of other types are passed over" {
	{ globals spawn; cat problem; globals event hello
	  updates workers=2 job; globals timing; updates d=4 count=2 x=-50 \
	      nx=-40 grad; } >in
	master --l1 50
	[ "$status" -eq 0 ]
}

@test "input that ends too early" {
	: >in
	master
	fails "input ended before the problem frame"
	cat problem >in
	master
	fails "input ended before the job frame"
	updates workers=2 job >in
	master
	fails "input ended before the problem frame"
	after grad step step step >in
	master --stop abs
	fails "input ended in round 4"
}

@test "input that is cut or damaged" {
	after grad step >whole
	head -c $(($(wc -c <whole) - 1)) whole >in
	master
	fails "stdin: frame at byte [0-9]+: the stream ends in the middle of it"
	echo "this is not a frame, but long enough to be taken for the header of one by a fool" >in
	master
	fails "stdin: frame at byte 0: not a frame"
}

@test "an update that is none of this round" {
	after round=1 grad >in
	master
	fails "round 0: a sum of updates: it is of round 1"
	after step >in
	master
	fails "round 0: a sum of updates: it answers step, not grad"
	after shard=1 count=1 grad grad >in
	master
	fails "round 0: shard 1: this shard has answered already"
	after shard=2 count=1 grad >in
	master
	fails "round 0: shard 2: there is no such shard among 2"
	after count=3 grad >in
	master
	fails "round 0: a sum of updates: it sums 3 contributions where 2 of 2 are missing"
	after seq=3 grad seq=3 step >in
	master
	fails "round 1: a sum of updates: its sequence number 3 was used before"
	{ cat problem; updates workers=2 job=7 job d=4 count=2 job=8 grad; } >in
	master
	fails "round 0: a sum of updates: its update is of another job"
	{ updates d=4 grad; } >in
	master -w 1
	fails "round 0: a sum of updates: an update before the first global"
}

@test "an update of another shape, or with impossible numbers" {
	after d=5 grad >in
	master
	fails "round 0: a sum of updates: it has 5 elements, not 4"
	after scalars=3 grad >in
	master
	fails "round 0: a sum of updates: it has 3 scalars, not 9"
	after nx=nan grad >in
	master
	fails "round 0: a sum of updates: its element 3 is not finite"
	after grad dd=inf step >in
	master
	fails "round 1: a sum of updates: its scalar 4 is inf"
	after rows=3 pos=4 grad >in
	master
	fails "round 0: a sum of updates: 4 of its 3 rows are positive"
}

@test "a worker that cannot go on" {
	after shard=1 error >in
	master
	fails "shard 1: it rains"
}

@test "numbers of workers that do not agree" {
	after grad >in
	master -w 3
	fails "the job has 2 shards, not 3"
	printf '1 1:1\n-1 2:1\n1 1:2\n' >text
	{ sv-shard -q -w 3 -o shards text; updates workers=2 job; } >in
	master
	fails "the problem has 3 shards, not 2"
	{ cat problem; updates workers=0 job; } >in
	master
	fails "job frame: \"workers\" is missing or out of bounds"
}

@test "labels that the loss cannot take" {
	printf '1 1:1\n2 2:1\n3 1:2\n' >text
	{ sv-shard -q -w 1 -o shards text; updates job; } >in
	master
	fails "the rows are labelled 1, 2, 3; the logistic loss takes -1 and 1, or 0 and 1; sv-shard --positive LABEL makes two of them"
	printf '0.5 1:1\n2 2:1\n3 1:2\n7 1:1' >text
	{ sv-shard -q -w 1 -o shards text; updates job; } >in
	master
	fails "the rows have more than three distinct labels; the logistic loss takes "
	printf '0 1:1\n1 2:1\n' >text
	{ sv-shard -q -w 1 -o shards text; updates job; } >in
	master
	fails "input ended in round 0"
}

@test "two labels that the loss cannot take: the advice works" {
	printf '1 1:1\n\n4 2:1\n4 1:-1\n' >text
	{ sv-shard -q -w 1 -o shards text; updates job; } >in
	master
	fails "the rows are labelled 1, 4; the logistic loss takes -1 and 1, or 0 and 1; cut them again, with sv-shard --positive 4"
	sed "s/.* with sv-shard //" err >advice
	xargs sv-shard -q -w 1 -o shards text <advice | sv-cat -f libsvm >new
	printf -- '-1 1:1\n+1 2:1\n+1 1:-1\n' | cmp - new
}

@test "rows that all have the same label are remarked" {
	for pos in 0 10; do
		after pos=$pos grad step grad >in
		master --max-rounds 1
		[ "$status" -eq 3 ]
		[ "$(grep -c 'all rows have the same label: the model says nothing$' err)" \
		    -eq 1 ]
		master -q --max-rounds 1
		[ ! -s err ]
	done
	after pos=1 grad step grad >in
	master --max-rounds 1
	[ "$(grep -c 'same label' err)" -eq 0 ]
}

@test "output that cannot be written" {
	[ -c /dev/full ] || skip "there is no /dev/full"
	after grad >in
	status=0
	sv-admm <in >/dev/full 2>err || status=$?
	fails "standard output: No space left on device"
	# A reader that has gone knows why: wait until it has.
	{
		trap '' PIPE
		while printf x; do :; done 2>/dev/null
		status=0
		sv-admm <in 2>err || status=$?
		echo $status >status
	} | :
	[ "$(cat status)" -eq 1 ]
	[ ! -s err ]
}

@test "a line a round, or none" {
	after grad step grad >in
	master -v --max-rounds 1
	[ "$(grep -c '^sv-admm: round 1: r .*, s .*, rho [0-9.e+-]*, ' err)" -eq 1 ]
	[ "$(grep -c '^sv-admm: round [01]: F ' err)" -eq 2 ]
	master -q --max-rounds 1
	[ "$status" -eq 3 ]
	[ ! -s err ]
}

@test "a command line that makes no sense" {
	: >in
	master --l1 -1
	refuses "--l1 -1: expected a number from 0"
	master --alpha 1.9
	refuses "--alpha 1.9: expected a number from 1 to 1.8"
	master -w 0
	refuses "-w 0: expected a whole number from 1"
	master --stop soon
	refuses "--stop soon: expected opt, abs or rel"
	master --stop rel --stop-gap 0.01
	refuses "--stop and --stop-gap: one of them, please"
	master --path 5 --c 2
	refuses "--c does not change the weights of --path: leave it out"
	master --lambdas 2,1 --c 2
	refuses "--c does not change the weights of --lambdas: leave it out"
	master --kmin 9 --kmax 8
	refuses "--kmin 9 is more than --kmax 8"
	master --max-rounds 0
	refuses "--max-rounds 0: expected"
	master --lambdas 1,,2
	refuses "--lambdas 1,,2: a number is missing"
	master --lambdas "1,$(printf '%070d' 2)"
	refuses "--lambdas: 0{20}... is too long for a number"
	master extra
	refuses "unexpected argument 'extra'"
	master --l1 x
	refuses "--l1 x: expected a number"
}

@test "help and version" {
	run sv-admm --help
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == "usage: sv-admm "* ]]
	for o in l1 workers tolerance stop alpha rho kmin max-rounds; do
		[[ "$output" == *"--$o"* ]]
	done
	run sv-admm -V
	[ "$status" -eq 0 ]
	[[ "$output" == "sv-admm (sv) "* ]]
}
