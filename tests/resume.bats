# Runs that go on where another one ended: sv-admm and sv-fista --resume.  Most of
# it goes without a hub, by relay.c, which takes milliseconds.

setup() {
	load jobs.bash
	jobs_setup
	gen="sv-gen -n 600 -d 20 -p 0.3"
	$gen >p.svf
	fit="sv-admm --l1 1 -e 1e-8"
}

teardown() {
	jobs_teardown
}

journal() {
	/usr/bin/python3 "$SV_SRCDIR/tests/journal.py" "$@"
}

# full N [W [PROBLEM]]: the run of $fit with a checkpoint every N rounds.
full() {
	# shellcheck disable=SC2086
	timeout 60 relay -w "${2:-2}" -j 1 -n "$1" -o full.svf -- $fit -q \
	    <"${3:-p.svf}"
}

# again FILE [W [PROBLEM]]: the master of $fit, in new.svf.
again() {
	# shellcheck disable=SC2086
	timeout 60 relay -w "${2:-2}" -j "${job:-2}" -o new.svf -- $fit --resume "$1" \
	    <"${3:-p.svf}" 2>err
}

# cut OFFSET: so much of the run.
cut_at() {
	head -c "$1" full.svf >cut.svf
}

# Objectives of the models of a run.
objectives() {
	peek <"$1" | sed -n 's/^model .*"objective":\([^,]*\),.*/\1/p'
}

# The models of the new run have the objectives of the other one.
same_objectives() {
	objectives full.svf >want
	objectives new.svf >got
	paste want got | awk 'BEGIN { e = 1e-6 }
	    NF != 2 || $1 - $2 > e * $1 || $2 - $1 > e * $1 { bad = 1 }
	    END { exit bad || NR == 0 }'
}

said() {
	grep -Eq "$1" err || {
		cat err
		return 1
	}
}

# No run was made of it, for this reason; one line says so.
refused() {
	[ "$status" -eq 1 ] && said "$1" && [ "$(wc -l <err)" -eq 1 ] &&
	    [ "$(frames '^(global|model)' new.svf)" -eq 0 ]
}

# try ARGUMENT...: again, and its status.
try() {
	status=0
	again "$@" || status=$?
}

# exact N: after each checkpoint all that follows is as it was.
exact() {
	local at n=0
	full "$1"
	for at in $(journal after full.svf 19); do
		cut_at "$at"
		again cut.svf
		said "^${fit%% *}: going on from round $((n += $1)) of cut.svf"
		journal same full.svf new.svf >/dev/null
		journal models full.svf new.svf
	done
	[ "$n" -gt 0 ]
}

@test "cut between two frames, wherever: the same objective" {
	local at began=0 exactly=0
	full 4
	for at in $(journal offsets full.svf); do
		cut_at "$at"
		try cut.svf
		if [ "$status" -ne 0 ]; then
			# Before the first round, and never again.
			[ "$began" -eq 0 ]
			refused 'there is (no run in it|nothing to go on from)'
			continue
		fi
		began=1
		same_objectives
		if grep -q "states$" err; then
			exactly=$((exactly + 1))
			journal models full.svf new.svf
		fi
	done
	[ "$began" -eq 1 ]
	[ "$exactly" -gt 10 ]
}

@test "cut in the middle of a frame: what comes before counts" {
	local at
	full 4
	for at in $(journal inside full.svf 40 20261123); do
		cut_at "$at"
		try cut.svf
		if [ "$status" -ne 0 ]; then
			said 'no run in it|nothing to go on from|ends in the'
			[ "$at" -lt 2000 ]
			continue
		fi
		said 'ends in the middle of it; what comes before counts$'
		same_objectives
	done
}

@test "a damaged frame: what comes before counts" {
	local at
	full 4
	for at in 6000 $(journal inside full.svf 15 7); do
		cp full.svf cut.svf
		journal flip cut.svf "$at"
		try cut.svf
		if [ "$status" -ne 0 ]; then
			[ "$at" -lt 2000 ]
			continue
		fi
		said 'cut.svf: frame at byte .*; what comes before counts$'
		same_objectives
	done
}

@test "with states: globals, traces and model are those of a run without a cut" {
	exact 4
	fit="sv-admm --l2 1 --intercept --stop-gap 1e-8"
	exact 5
	fit="sv-admm --preset paper --gap 3"
	exact 7
}

@test "... and those of a path" {
	fit="sv-admm --path 4 --intercept -e 1e-5"
	exact 9
	fit="sv-admm --lambdas 8,2,0.5 --l1 1 --l2 0.5 -e 1e-5"
	exact 7
}

@test "... and those of sv-fista, whose workers have no state" {
	fit="sv-fista --l1 1 -e 1e-6"
	exact 3
	fit="sv-fista --path 3 -e 1e-4"
	exact 5
}

@test "states may come after the checkpoint, and a run that went on goes on again" {
	full 4
	journal early full.svf
	cut_at "$(journal after full.svf 18 | awk '{ print $2 }')"
	again cut.svf
	said 'from round 4 of cut.svf, with the shards. states$'
	journal models full.svf new.svf
	# Before the first round of the second run all of it is there.
	peek <new.svf | grep -q '^event .*"resumed","round":4,"state":"exact"'
	cp new.svf full.svf
	cut_at "$(journal after full.svf 19 | awk '{ print $1 }')"
	job=3
	again cut.svf
	said 'from round 4 of cut.svf, with the shards. states$'
	journal same full.svf new.svf
}

@test "a path that is cut: no model is fitted twice" {
	local at models
	fit="sv-admm --path 4 --intercept -e 1e-6"
	full 1000
	for at in $(journal offsets full.svf | tr ' ' '\n' |
	    awk 'NR > 6 && NR % 9 == 0'); do
		cut_at "$at"
		models=$(peek <cut.svf | grep -c '^model' || true)
		again cut.svf
		same_objectives
		[ "$(frames '^model' new.svf)" -eq 4 ]
		[ "$models" -eq 0 ] || said "^sv-admm: $models models? of cut.svf"
		# Lines of models, by the fits that were made.
		[ "$(grep -c 'converged after' err)" -eq $((4 - models)) ]
	done
	# All are there: nobody is asked anything.
	again full.svf
	said 'full.svf has all its models$'
	journal models full.svf new.svf
	[ "$(frames '^global' new.svf)" -eq 0 ]
}

@test "another number of shards: from the vector alone" {
	full 4
	cut_at "$(journal after full.svf 19 | awk '{ print $2 }')"
	again cut.svf 3
	said 'from round 8 of cut.svf, from its vector alone: workers was 2 and is 3$'
	same_objectives
	[ "$(frames '^state' new.svf)" -eq 0 ]
}

@test "another way to minimise: from the vector alone" {
	full 4
	cut_at "$(journal after full.svf 19 | awk '{ print $2 }')"
	fit="sv-admm --l1 1 -e 1e-8 --solver newton-cg"
	again cut.svf
	said 'its vector alone: solver was "newton" and is "newton-cg"$'
	same_objectives
	fit="sv-admm --l1 1 -e 1e-8 --alpha 1.2"
	again cut.svf
	said 'the checkpoint of round 8 is of no use: --alpha was 1.6 and is 1.2$'
	same_objectives
	fit="sv-fista --l1 1 -e 1e-8"
	again cut.svf
	said 'its vector alone: method was "admm" and is "fista"$'
	same_objectives
}

@test "another weight: a warm start, which counts its own rounds" {
	full 4
	cp full.svf first.svf
	fit="sv-admm --l1 0.9 -e 1e-6"
	full 0
	again first.svf
	said 'a warm start from round [0-9]* of first.svf: regulariser was .*1.0.* and is .*0.9'
	same_objectives
	[ "$(objectives new.svf | wc -l)" -eq 1 ]
	# As many as the file has from the resumption on.
	rounds=$(frames '^global step' new.svf)
	peek <new.svf | grep -q "^model .*\"rounds\":$rounds,"
}

@test "another loss, or other rows, are refused" {
	full 4
	fit="sv-admm --loss squared"
	try full.svf
	refused 'it has fitted something else: loss was "logistic" and is "squared"$'
	fit="sv-admm --l1 1"
	sv-gen -n 600 -d 21 -p 0.3 >q.svf
	try full.svf 2 q.svf
	refused 'run of another problem: d was 20 and is 21$'
	sv-gen -n 600 -d 20 -p 0.3 -s 9 >q.svf
	try full.svf 2 q.svf
	refused 'run of another problem: seed was 1 and is 9$'
}

@test "shard files elsewhere are the same rows, cut otherwise they are not" {
	sv-cat -f libsvm p.svf >rows
	mkdir a b
	sv-shard -q -w 2 -o a rows >a.svf
	sv-shard -q -w 2 -o b rows >b.svf
	sv-shard -q -w 3 -o c rows >c.svf
	full 4 2 a.svf
	cut_at "$(journal after full.svf 19 | awk '{ print $2 }')"
	again cut.svf 2 b.svf
	said 'from round 8 of cut.svf, with the shards. states$'
	journal models full.svf new.svf
	again cut.svf 3 c.svf
	said 'vector alone: the rows were cut into 2 shards and are cut into 3$'
	same_objectives
}

@test "a run that is over: one look at its model" {
	full 1000
	again full.svf
	said 'full.svf had come to its end in round [0-9]*: looking at its model$'
	same_objectives
	[ "$(frames '^global step' new.svf)" -eq 0 ]
	[ "$(objectives new.svf)" = "$(objectives full.svf)" ]
	# A look that is not content is followed by rounds.
	fit="sv-admm --l1 1 -e 1e-11"
	again full.svf
	[ "$(frames '^global step' new.svf)" -gt 0 ]
	said 'converged after'
}

@test "a run that was stopped by its limit goes on, and the limit counts all rounds" {
	full 4
	cp full.svf want.svf
	fit="sv-admm --l1 1 -e 1e-8 --max-rounds 6"
	status=0
	full 4 || status=$?
	[ "$status" -eq 3 ]
	cp full.svf six.svf
	fit="sv-admm --l1 1 -e 1e-8"
	again six.svf
	said 'from round 4 of six.svf, with the shards. states$'
	journal models want.svf new.svf
	fit="sv-admm --l1 1 -e 1e-8 --max-rounds 9"
	try six.svf
	[ "$status" -eq 3 ]
	peek <new.svf | tail -n 1 | grep -q '^model .*"rounds":9,"status":"limit"'
}

@test "the file that this run is written to: the one before it" {
	full 4
	cut_at "$(journal after full.svf 19 | awk '{ print $2 }')"
	mv cut.svf new.svf~
	again new.svf
	said '^sv-admm: new.svf: .*; reading new.svf~$'
	said 'from round 8 of new.svf~, with the shards. states$'
	journal models full.svf new.svf
	rm new.svf~
	try new.svf
	refused 'new.svf: .*, and there is no new.svf~$'
}

@test "through a hub: cut after each complete set of states" {
	local at
	fit="sv-admm --l1 1 -e 1e-10"
	# shellcheck disable=SC2086
	job 3 sv-worker -o full.svf --save-state 5 -- $fit
	[ "$status" -eq 0 ]
	[ "$(frames '^event .*"saved"' full.svf)" -ge 2 ]
	for at in $(journal after full.svf 18 | tr ' ' '\n' |
	    awk 'NR % 3 == 0' | tail -n 2); do
		cut_at "$at"
		# shellcheck disable=SC2086
		job 3 sv-worker -o new.svf -- $fit --resume cut.svf
		[ "$status" -eq 0 ]
		grep -q 'of cut.svf, with the shards. states$' hub.err
		journal same full.svf new.svf
	done
	# Nothing was saved behind the last one.
	[ "$(frames '^state' new.svf)" -eq 3 ]
}

@test "a hub that is killed: its run goes on in the same file" {
	local pace
	fit="sv-admm --l1 1 -e 1e-10"
	pace="python3 $SV_SRCDIR/tests/pace.py 0.1"
	# shellcheck disable=SC2086
	job 3 sv-worker -o full.svf -- $fit
	[ "$status" -eq 0 ]
	start_job 3 sv-worker -o new.svf --save-state 4 -- sh -c "$fit | $pace"
	within 20 saved
	# shellcheck disable=SC2046
	kill -KILL $(pids_of hub)
	finish
	[ "$status" -eq 137 ]
	nothing_left 15
	# shellcheck disable=SC2086
	job 3 sv-worker -o new.svf -- $fit --resume new.svf
	[ "$status" -eq 0 ]
	grep -q 'new.svf: .*; reading new.svf~$' hub.err
	grep -q 'of new.svf~, with the shards. states$' hub.err
	[ "$(frames '^model' new.svf~)" -eq 0 ]
	journal same full.svf new.svf
	nothing_left
}

saved() {
	[ -f new.svf ] && peek <new.svf 2>/dev/null |
	    grep -q '^event .*"saved","round":[48]'
}

@test "what is no run" {
	try missing
	refused 'resume missing: No such file'
	try .
	refused 'Is a directory'
	echo "+1 1:0.5" >text
	try text
	refused '^sv-admm: text: frame at byte 0: not a frame'
	: >empty
	try empty
	refused 'empty: there is no run in it, and there is no empty~$'
}
