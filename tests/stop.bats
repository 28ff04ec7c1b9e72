# A job that is to stop before it is done: what hub and masters make of an EVENT
# that says so, in whatever state they are.

setup() {
	load jobs.bash
	jobs_setup
}

teardown() {
	jobs_teardown
}

# stopped W WORKER WITHIN HUB-ARGUMENT...: a job in the background that is to stop
# as soon as there is a file stop; $spawn_options are those of sv-spawn, and $also
# passes on what comes from there.
stopped() {
	local w=$1 worker=$2 within=$3
	shift 3
	rm -f stop stop.status run.svf
	(set +e
	# shellcheck disable=SC2086
	$gen 2>gen.err | timeout -k 5 "$limit" sv-spawn $spawn_options -w "$w" \
	    -x "$worker" 2>spawn.err | stopper stop $within | ${also:-cat} |
	    timeout -k 5 "$limit" sv-hub -o run.svf "$@" 2>hub.err >"$out"
	echo "${PIPESTATUS[4]}" >stop.status) 3>&- &
	job_pid=$!
}

# at RE: ask for the stop when the run has a frame like RE; wait for the end.
at() {
	within 20 has "$1"
	echo "the purse is empty" >stop.tmp
	mv stop.tmp stop
	wait "$job_pid" || true
	status=$(cat stop.status)
	echo "status $status"
	cat spawn.err hub.err
	peek <run.svf >peek.out
	tail -n 2 peek.out
}

has() {
	[ -f run.svf ] && peek <run.svf 2>/dev/null | grep -Eq "$1"
}

# after RE: the lines of the run that follow the stop and are like RE.
after_stop() {
	sed '1,/^event .*"event":"stop"/d' peek.out | grep -cE "$1"
}

# The run ended for the reason of the stop, which it has, with STATUS.
concluded() {
	[ "$status" -eq "$1" ] || return 1
	ends "$1" "the purse is empty" run.svf || return 1
	[ "$(grep -c '^event .*"stop","why":"the purse is empty"' peek.out)" \
	    -eq 1 ] || return 1
	nothing_left
}

# status NAME: a member of the last model.
value() {
	sed -n 's/^model .*"'"$1"'": *"\{0,1\}\([^",]*\).*/\1/p' peek.out |
	    tail -n 1 | grep .
}

# --- the hub

@test "a master that concludes: its model, status 3, and the reason" {
	stopped 3 fakeworker 20 -- fakemaster -c -n 10000 -p 20
	at '^trace step 3'
	concluded 3
	[ "$(after_stop '^model')" -eq 1 ]
	# One round may have been asked for before the master knew.
	[ "$(after_stop '^trace')" -le 2 ]
	[ ! -s hub.err ]
}

@test "it is told once, and only what is this job's own counts" {
	stopped 2 fakeworker 20 -- sh -c \
	    'tee frames | fakemaster -c -n 10000 -p 20'
	at '^trace step 2'
	concluded 3
	[ "$(peek <frames | grep -c '^end .*"status":3,"reason":"the purse')" -eq 1 ]
}

@test "a master that does not listen is ended in time" {
	stopped 2 fakeworker 1 -- fakemaster -n 10000 -p 20
	at '^trace step 3'
	concluded 1
	grep -q '^sv-hub: the master did not conclude within 1 s: there is no model$' \
	    hub.err
	tail -n 1 peek.out | grep -q 'did not conclude within 1 s'
	[ "$(after_stop '^trace')" -gt 5 ]
	[ "$(after_stop '^model')" -eq 0 ]
}

@test "one that converges in that time has converged" {
	stopped 2 fakeworker 20 -- fakemaster -n 20 -p 20
	at '^trace step 3'
	[ "$status" -eq 0 ]
	ends 0 done run.svf
	nothing_left
}

@test "a model from before is kept, whatever comes after it" {
	stopped 2 fakeworker 1 -- sh -c 'fakemaster -n 2; fakemaster -n 10000 -p 20'
	at '^trace step 5'
	concluded 3
	[ "$(grep -c '^model' peek.out)" -eq 1 ]
	grep -q 'within 1 s: what it wrote before is kept$' hub.err
}

@test "after the model of the stop no other is begun" {
	stopped 2 fakeworker 20 -- sh -c \
	    'fakemaster -c -n 10000 -p 20; fakemaster -n 10000 -p 20'
	at '^trace step 3'
	concluded 3
	[ "$(grep -c '^model' peek.out)" -eq 1 ]
	[ "$(after_stop '^trace')" -le 2 ]
	[ ! -s hub.err ]
}

@test "a worker that is lost is not replaced any more" {
	stopped 2 'fakeworker -b mute -s 1 -r 4' 20 -- fakemaster -c -n 10000
	within 20 has '^trace step 3'
	echo "the purse is empty" >stop
	within 20 has '^event .*"stop"'
	kill -9 "$(pids_of fakeworker | tail -n 1)"
	at '^trace step 3'
	concluded 1
	[ "$(grep -c '^spawn.*"request"' peek.out)" -eq 2 ]
	grep -q 'a worker was lost before the end: there is no model' hub.err
}

@test "a worker that is on its way in its predecessor's place may still come" {
	next='sh -c "[ \$SV_GENERATION = 1 ] || until [ -f stop ]; do sleep 0.1; done; exec fakeworker -b die -s 1 -r 4"'
	stopped 2 "$next" 20 -- fakemaster -c -n 10000
	at '^spawn none 0 0 1 2 .*"request"'
	concluded 3
	[ "$(after_stop '^model')" -eq 1 ]
	[ ! -s hub.err ] || ! grep -v '; starting another$' hub.err
}

@test "one that does not come" {
	next='sh -c "[ \$SV_GENERATION = 1 ] || sleep 30; exec fakeworker -b die -s 1 -r 4"'
	stopped 2 "$next" 1 -- fakemaster -c -n 10000
	at '^spawn none 0 0 1 2 .*"request"'
	concluded 1
	grep -q 'did not conclude within 1 s: there is no model' hub.err
}

@test "a second stop changes nothing" {
	also='stopper stop 2' stopped 2 fakeworker 1 -- fakemaster -n 10000 -p 20
	at '^trace step 3'
	[ "$status" -eq 1 ]
	ends 1 'the purse is empty; the master did not conclude within' run.svf
	[ "$(grep -c '^event .*"stop"' peek.out)" -eq 2 ]
	# Whichever comes first counts.
	first=$(sed -n 's/^event .*"stop".*"within_s":\([0-9]*\).*/\1/p' peek.out |
	    head -n 1)
	grep -q "within $first s: there is no model" hub.err
	nothing_left
}

@test "an interrupt after the stop" {
	stopped 2 fakeworker 20 -- fakemaster -n 10000 -p 20
	within 20 has '^trace step 3'
	echo "the purse is empty" >stop
	within 20 has '^event .*"stop"'
	kill -INT "$(pids_of hub)"
	at '^event .*"stop"'
	[ "$status" -eq 1 ]
	ends 1 'interrupted by signal 2' run.svf
	nothing_left
}

@test "before the first question there is nothing to wait for" {
	stopped 2 fakeworker 20 -- fakemaster -b mute -r 0
	at '^job'
	concluded 1
	[ "$(grep -c '^spawn' peek.out)" -eq 0 ]
	[ "$(grep -c '^hello' peek.out)" -eq 0 ]
}

@test "workers that have not come in time" {
	stopped 2 'sleep 30' 1 -- fakemaster -c
	at '^spawn.*"request"'
	concluded 1
	grep -q 'did not conclude within 1 s: there is no model' hub.err
}

@test "an event without a time: --stop-timeout" {
	stopped 2 fakeworker '' --stop-timeout 0.5 -- fakemaster -n 10000 -p 20
	at '^trace step 3'
	concluded 1
	grep -q 'within 0.5 s' hub.err
}

# --- masters

# Workers that come when the stop has been asked for.
late='sh -c "until [ -f stop ]; do sleep 0.1; done; sleep 0.5; exec sv-worker"'

# fitted MASTER...: stop it when the run has a frame like RE, and see that it has
# concluded with a model that is no worse than the start's.
fitted() {
	local re=$1
	shift
	gen="sv-gen -n 600 -d 20 -p 0.3"
	stopped 3 "${worker:-sv-worker}" 20 -- "$@"
	at "$re"
	concluded 3
	[ "$(value status)" = stopped ] || return 1
	grep -q '^sv-[a-z]*: .*stopped after [0-9]* rounds*: objective' hub.err
}

@test "sv-admm: one look after the round under way, and a model" {
	# No residual is ever small enough.
	fitted '^trace step 5' sv-admm --l1 1 -e 0
	# The one that the master had in hand, and one that it had asked for.
	[ "$(after_stop '^trace step')" -le 2 ]
	# One that was in hand perhaps; and the one for the model.
	[ "$(after_stop '^trace grad')" -le 2 ]
	[ "$(after_stop '^model')" -eq 1 ]
	[ "$(after_stop '^timing conj')" -eq 0 ]
	awk -v f="$(value objective)" 'BEGIN { exit !(f > 0 && f < 600 * log(2)) }'
}

@test "sv-admm: certificates are left out" {
	fitted '^global conj' sv-admm --l1 1 --gap 1 -e 0
	[ "$(after_stop '^timing conj')" -le 2 ]
}

@test "sv-fista: the same" {
	fitted '^trace grad 1[0-9]' sv-fista --l1 1 -e 0
	[ "$(after_stop '^trace grad')" -le 3 ]
	awk -v f="$(value objective)" 'BEGIN { exit !(f > 0 && f < 600 * log(2)) }'
}

@test "at the very start: the model is the start" {
	worker=$late fitted '^global grad 0' sv-admm --l1 1
	[ "$(value rounds)" -eq 0 ]
	[ "$(value nonzero)" -eq 0 ]
	[ "$(after_stop '^trace')" -eq 1 ]
}

@test "a path ends after the model under way" {
	gen="sv-gen -n 600 -d 20 -p 0.3"
	stopped 3 sv-worker 20 -- sv-admm -e 1e-9 --path 1000
	at '^model'
	concluded 3
	[ "$(after_stop '^model')" -le 2 ]
	[ "$(grep -c '^model' peek.out)" -lt 1000 ]
}

@test "a path that is stopped before its first model has one" {
	worker=$late fitted '^global grad 0' sv-admm --path 5 --intercept
	[ "$(grep -c '^model' peek.out)" -eq 1 ]
	[ "$(value nonzero)" -eq 0 ]
	worker=$late fitted '^global grad 0' sv-fista --lambdas 3,2,1
	[ "$(grep -c '^model' peek.out)" -eq 1 ]
	[ "$(value l1)" = 3.0 ]
}

@test "a master in another language need not know of it" {
	gen="sv-gen -n 20000 -d 500 -p 0.05"
	# This one is never content, and does not listen.
	sed 's/1e-2/0/g; s/4.0, 500/4.0, 1000000/; s/kind == END/False/' \
	    "$SV_SRCDIR/examples/own-master.py" >endless.py
	stopped 2 sv-worker 2 -- /usr/bin/python3 endless.py 1e-3
	at '^trace step 3'
	concluded 1
	grep -q 'did not conclude within 2 s: there is no model' hub.err
	# It had gone on until then.
	[ "$(after_stop '^trace')" -ge 1 ]
	# And this one is content soon.
	gen="sv-gen -n 1000 -d 20 -p 0.3"
	sed 's/kind == END/False/' "$SV_SRCDIR/examples/own-master.py" >deaf.py
	stopped 2 sv-worker 20 -- /usr/bin/python3 deaf.py 10
	at '^trace step 3'
	[ "$status" -eq 0 ]
	ends 0 done run.svf
}

@test "a master in another language that does" {
	gen="sv-gen -n 20000 -d 500 -p 0.05"
	sed 's/1e-2/0/g; s/4.0, 500/4.0, 1000000/' \
	    "$SV_SRCDIR/examples/own-master.py" >endless.py
	stopped 2 sv-worker 20 -- /usr/bin/python3 endless.py 1e-3
	at '^trace step 3'
	concluded 3
	[ "$(value status)" = stopped ]
	[ "$(after_stop '^trace')" -le 2 ]
	[ ! -s hub.err ]
}

# --- masters without a hub

# master ARGUMENT...: run it on the file in.
master() {
	status=0
	timeout 20 "$@" <in >out 2>err || status=$?
	echo "status $status"
	cat err
	peek <out >peek.out
}

@test "an END among the answers, wherever it stands" {
	sv-gen -n 100 -d 4 -p 0.5 >problem
	updates workers=2 job >job
	updates d=4 count=2 x=-50 nx=-40 grad >grad
	globals 'text={"status":3,"reason":"enough"}' end >stop
	globals 'text={"status":0,"reason":"done"}' end >other
	for order in "stop problem job grad" "problem stop job grad" \
	    "problem job stop grad"; do
		# shellcheck disable=SC2086
		cat $order >in
		master sv-admm --l1 1
		[ "$status" -eq 3 ]
		[ "$(value status)" = stopped ]
		[ "$(value rounds)" -eq 0 ]
		grep -q '^sv-admm: stopped after 0 rounds: objective' err
	done
	cat problem job other grad >in
	master sv-admm --l1 1
	[ "$status" -eq 1 ]
	grep -q 'input ended in round 1' err
}
