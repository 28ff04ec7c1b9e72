# sv-fista: what it makes of a stream, and whole fits with workers.  Its
# mathematics: test-apg.c.  What all masters have in common: admm.bats.

setup() {
	cd "$BATS_TEST_TMPDIR"
	PATH=$SV_BUILDDIR/tests:$PATH
}

# job MASTER...: the master with three workers on a small instance.
job() {
	status=0
	sv-gen -n 600 -d 20 -p 0.3 | sv-spawn -q -w 3 -x sv-worker 2>spawned |
	    timeout 60 sv-hub -o run.svf -- "$@" >out 2>err || status=$?
	cat spawned err
	peek <run.svf | grep '^model' >models
	cat models
}

# value NAME: a number of the last model.
value() {
	tail -n 1 models | sed -n 's/.*"'"$1"'":\([-+.e0-9]*\).*/\1/p' |
	    grep .
}

# same F G: they are within 1e-6.
same() {
	awk -v f="$1" -v g="$2" 'BEGIN { e = f - g
		exit !(e * e <= (1e-6 * f) ^ 2) }'
}

# fails RE: it ended with one line that is like RE.
fails() {
	[ "$status" -eq 1 ] || return 1
	[ "$(wc -l <err)" -eq 1 ] || return 1
	grep -Eq "^sv-fista: $1" err
}

@test "the minimum that sv-admm finds" {
	for what in "--l1 1" "--l2 2 --intercept" "--loss squared --l1 3" \
	    "--loss huber --l1 1 --l2 1" "--loss squared_hinge --nonneg" \
	    "--group 1 --group-size 4 --intercept" \
	    "--loss squared --box -0.05,0.05"; do
		# shellcheck disable=SC2086
		job sv-admm $what -e 1e-6
		[ "$status" -eq 0 ]
		F=$(value objective)
		# shellcheck disable=SC2086
		job sv-fista $what -e 1e-6
		[ "$status" -eq 0 ]
		echo "$what: $F and $(value objective)"
		same "$F" "$(value objective)"
		grep -q '"method":"fista"' models
	done
}

@test "a gap that is proved" {
	job sv-fista --l1 1 --stop-gap 1e-4
	[ "$status" -eq 0 ]
	F=$(value objective)
	awk -v f="$F" -v g="$(value gap)" 'BEGIN { exit !(g <= 1e-4 * f) }'
	job sv-fista --l1 1 -e 1e-8
	awk -v f="$F" -v least="$(value objective)" \
	    'BEGIN { exit !(f >= least * (1 - 1e-12) && f <= least * 1.0001) }'
}

@test "models of a path, each as if it were alone" {
	job sv-fista --path 4 -e 1e-6
	[ "$status" -eq 0 ]
	[ "$(wc -l <models)" -eq 4 ]
	head -n 1 models | grep -q '"nonzero":0'
	lambda=$(value l1)
	F=$(value objective)
	job sv-fista --l1 "$lambda" -e 1e-6
	same "$F" "$(value objective)"
}

@test "its rounds are gradients" {
	job sv-fista --l1 1 --max-rounds 3
	[ "$status" -eq 3 ]
	grep -q 'not converged after 3 rounds' err
	[ "$(value rounds)" -eq 3 ]
	peek <run.svf >lines
	[ "$(grep -c '^global grad' lines)" -ge 5 ]
	[ "$(grep -c '^global step' lines)" -eq 0 ]
	[ "$(grep '^trace' lines | cut -d ' ' -f 2-3 | sort -u | tr '\n' ,)" = \
	    "grad 0,grad 1,grad 2,grad 3," ]
}

@test "sv-stats: its rounds are told from looks at the answer" {
	job sv-fista --l1 1 -e 1e-6
	sv-stats run.svf >text
	cat text
	grep -Eq "^  status +converged after $(value rounds) rounds and [0-9]+ " \
	    text
	grep -q '^  computation ' text
	[ "$(peek <run.svf | grep -c '^timing')" -gt "$(value rounds)" ]
}

@test "another first step, the same minimum" {
	job sv-fista --l1 1 -e 1e-6
	F=$(value objective)
	for step in 1e-9 1e3; do
		job sv-fista --l1 1 -e 1e-6 --step $step
		[ "$status" -eq 0 ]
		same "$F" "$(value objective)"
	done
}

@test "large counts" {
	awk 'BEGIN { for (i = 0; i < 60; i++)
		print (i % 5) * 900, "1:" (i % 5), "2:" (i * 7 % 13) / 4 }' >rows
	sv-shard -q -w 2 -o shards rows | sv-spawn -q -w 2 -x sv-worker |
	    timeout 60 sv-hub -o run.svf -- sv-fista --loss poisson --l1 1 \
	    --intercept -e 1e-6 --max-rounds 5000 2>err >out || cat err
	peek <run.svf | grep '^model' >models
	grep -q '"status":"converged"' models
}

@test "no worker, no hub: the frames it writes" {
	sv-gen -n 100 -d 4 -p 0.5 >problem
	{ cat problem; updates workers=2 job d=4 count=2 x=-50 nx=-40 grad; } >in
	status=0
	sv-fista <in >out 2>err || status=$?
	fails "input ended in round 1"
	peek <out >lines
	cat lines
	[ "$(cut -d ' ' -f 1-3,8 lines | tr '\n' ,)" = \
	    "global grad 0 4,trace grad 0 0,global grad 1 4," ]
	grep -q '"task":1,"loss":"logistic"' lines
}

@test "a command line that makes no sense" {
	for bad in "--step 0" "--step x" "--l1 -1" "--loss cubic" "extra" \
	    "--path 3 --lambdas 1,2" "--delta 1" "--alpha 1.5" "-e"; do
		echo "$bad"
		status=0
		# shellcheck disable=SC2086
		sv-fista $bad </dev/null >out 2>err || status=$?
		cat err
		[ "$status" -eq 2 ]
		[ ! -s out ]
		[ "$(wc -l <err)" -eq 2 ]
		[ "$(tail -n 1 err)" = "try 'sv-fista --help'" ]
	done
	status=0
	sv-fista --step 0 </dev/null 2>err || status=$?
	grep -q '^sv-fista: --step 0: expected a number from 1e-100 to' err
}

@test "a line a round, or none" {
	job sv-fista -v --l1 1
	[ "$(grep -c '^sv-fista: round [0-9]*: step .*, rho .*, 1.0 passes$' err)" \
	    -eq "$(value rounds)" ]
	job sv-fista -q --l1 1
	[ "$status" -eq 0 ]
	[ ! -s err ]
}
