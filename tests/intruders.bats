# Peers that should not be there, and workers that do what they should not, at
# the hub of a real job: whatever they send, the job comes to the same end, what
# was dropped is counted, and it costs the hub no memory.

setup() {
	load jobs.bash
	jobs_setup
	gen="sv-gen -n 1000 -d 40 -p 0.2"
	master="sv-admm -q --l1 1"
	limit=60
	# The invocation of each worker is kept, and the last one waits.
	# shellcheck disable=SC2016
	waiting='umask 077; cat >new.$SV_SHARD
	    mv new.$SV_SHARD in.$SV_SHARD.$SV_GENERATION
	    while [ $SV_SHARD = 3 ] && [ ! -e go ]; do sleep 0.05; done
	    exec sv-worker -q <in.$SV_SHARD.$SV_GENERATION'
}

teardown() {
	jobs_teardown
}

# The answer of a run, bit for bit.
answer_of() {
	sv-cat --full -f json -t model "$1" | jq -c '[.text.objective, .vector]'
}

objective_of() {
	sv-cat -f json -t model "$1" | jq .text.objective
}

# quiet W: the same job without anybody else, in quiet.svf.
quiet() {
	# shellcheck disable=SC2086
	job "$1" "sv-worker -q" -q -o quiet.svf -- $master
	[ "$status" -eq 0 ]
}

# besieged HUB-ARGUMENT...: start a job of 4, of which all but one are there.
besieged() {
	rm -f go in.*
	# shellcheck disable=SC2086
	start_job 4 "$waiting" -v -o run.svf "$@" -- $master
	within 30 grep -q '3 of 4' hub.err
	within 30 test -e in.3.1
	hub=$(pids_of hub)
}

# Let it run to its end, which is that of the quiet one.
relieved() {
	local kb
	kb=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$hub/status")
	echo "the hub's memory: $kb kB"
	[ -n "$SV_SANITIZED" ] || [ "$kb" -le 40000 ]
	touch go
	finish
	[ "$status" -eq 0 ]
	ends 0 done run.svf
	[ "$(answer_of run.svf)" = "$(answer_of quiet.svf)" ]
	[ "$(frames '^event.*"lost"' run.svf)" -eq "${1:-0}" ]
	peers=$(sv-cat -f json -t event run.svf |
	    jq -c '.text | select(.event == "peers")')
	echo "$peers"
	nothing_left
}

# dropped NAME N: the hub counted at least N of that.
dropped() {
	echo "$peers" | jq -e --arg name "$1" --argjson n "$2" '.[$name] >= $n'
}

# --- without a key, or with the wrong one

@test "who has no key is not let in" {
	quiet 4
	besieged --encrypt
	intruder -n 300 garbage <in.0.1
	intruder -n 20 huge <in.0.1
	for who in nokey server stranger; do
		intruder -n 5 $who <in.0.1
	done
	# They are there until the job is over.
	intruder -n 30 silent <in.0.1 3>&- &
	relieved
	dropped failed 300
	dropped denied 1
	grep -Eq "^sv-hub: dropped: [0-9]+ connections that said nothing of use" \
	    hub.err
	grep -Eq "^sv-hub: dropped: [0-9]+ connections for their key" hub.err
}

@test "the key of a generation that is over opens nothing" {
	quiet 4
	# shellcheck disable=SC2016
	waiting='[ $SV_SHARD.$SV_GENERATION != 1.1 ] || {
	    cat >in.1.1
	    exit 5
	}
	'$waiting
	besieged --encrypt
	intruder -n 1 ghost <in.1.1
	intruder -n 1 other <in.1.1
	relieved 1
	dropped denied 1
	[ "$(frames '^hello' run.svf)" -eq 4 ]
}

# --- with the key of a worker that is there

@test "who has a worker's key is not believed to be another, or it twice" {
	quiet 4
	besieged --encrypt
	intruder -n 3 ghost <in.0.1
	intruder -n 3 other <in.0.1
	intruder -e -n 150 errors <in.1.1
	intruder -n 128 hellos <in.2.1
	intruder -n 100 states <in.0.1
	intruder -n 500 connects <in.1.1
	relieved
	dropped refused 100
	dropped foreign 6
	dropped late 20
	[ "$(frames '^hello' run.svf)" -eq 4 ]
	# Of those that are refused not every one is on record.
	[ "$(frames '^event.*"refused"' run.svf)" -ge 10 ]
	[ "$(frames '^event.*"refused"' run.svf)" -le 1000 ]
}

@test "random bytes and frames that are nearly right, with a key" {
	quiet 4
	besieged --encrypt
	intruder -n 500 random <in.0.1
	for seed in 0 1 2; do
		intruder -n 1500 -s $seed mutate <in.$seed.1
	done
	relieved
	dropped garbage 200
	dropped foreign 1
	# Nobody is told about each of them.
	[ "$(wc -l <hub.err)" -le 500 ]
}

@test "who does not read what he is sent costs nothing" {
	quiet 4
	besieged --encrypt
	intruder -n 5000 -t 3 deaf <in.0.1
	relieved
	dropped refused 100
}

# Connections that are reset while much of what they sent is unread, and pings
# are due or among it: that is where libzmq gave up, and the hub with it.
@test "floods that end in the middle" {
	quiet 4
	besieged --encrypt
	intruder -n 2 flood <in.0.1
	relieved
	dropped refused 100
}

# Twelve at once, as fast as they can.
@test "floods without end" {
	quiet 4
	besieged --encrypt
	for seed in 1 2 3 4; do
		for how in mutate deaf states; do
			intruder -n 100000 -t 2 -s $seed $how <in.0.1 3>&- &
			pids="${pids:-} $!"
		done
	done
	for pid in $pids; do
		wait "$pid"
	done
	relieved
	dropped garbage 100
}

@test "the same without encryption" {
	quiet 4
	besieged
	intruder -n 300 garbage <in.0.1
	intruder -n 20 huge <in.0.1
	intruder -n 500 random <in.0.1
	intruder -n 3 ghost <in.0.1
	intruder -n 3 other <in.0.1
	intruder -e -n 150 errors <in.1.1
	intruder -n 128 hellos <in.2.1
	intruder -n 100 states <in.0.1
	intruder -n 500 connects <in.1.1
	intruder -n 2000 -t 2 deaf <in.0.1
	intruder -n 30 silent <in.0.1 3>&- &
	relieved
	dropped garbage 50
	dropped refused 100
	[ "$(frames '^hello' run.svf)" -eq 4 ]
}

# --- workers

@test "what a worker sends beside its updates is dropped" {
	quiet 7
	# shellcheck disable=SC2016
	job 7 'set -- twice early future neighbour announce random again
	    shift $SV_SHARD
	    exec intruder -r 1 seat:$1' -v --encrypt -o run.svf -- $master
	[ "$status" -eq 0 ]
	ends 0 done run.svf
	[ "$(answer_of run.svf)" = "$(answer_of quiet.svf)" ]
	[ "$(frames '^event.*"lost"' run.svf)" -eq 0 ]
	peers=$(sv-cat -f json -t event run.svf |
	    jq -c '.text | select(.event == "peers")')
	dropped late 20
	dropped garbage 5
	nothing_left
}

@test "a worker whose updates are of no use is replaced" {
	quiet 10
	# shellcheck disable=SC2016
	job 10 'set -- nan inf below short long scalars other single summed \
		damaged
	    shift $SV_SHARD
	    exec intruder -r 3 seat:$1' -v --encrypt --job-losses 20 \
	    -o run.svf -- $master -e 1e-7
	[ "$status" -eq 0 ]
	ends 0 done run.svf
	[ "$(frames '^event.*"lost"' run.svf)" -eq 10 ]
	for why in 0:'not finite' 1:'not finite' 2:'times below 0' \
	    3:'length than the global' 4:'length than the global' \
	    5:'another length' 6:'another operation' 7:'shape than f64' \
	    8:'shape than f64' 9:damaged; do
		sv-cat -f json -t event run.svf | jq -se --arg why "${why#*:}" \
		    --argjson shard "${why%%:*}" 'any(.shard == $shard and
		    .generation == 1 and .text.event == "lost" and
		    (.text.why | contains($why)))'
	done
	jq -en --argjson f "$(objective_of run.svf)" \
	    --argjson q "$(objective_of quiet.svf)" \
	    '($f - $q | fabs) <= 1e-4 * $q'
	nothing_left
}

@test "workers that say hello without end, or do not listen" {
	quiet 3
	# shellcheck disable=SC2016
	job 3 'set -- hellos blind good
	    shift $SV_SHARD
	    exec intruder -n 30000 -t 3 seat:$1' -v --encrypt \
	    --round-timeout 1 -o run.svf -- $master
	[ "$status" -eq 0 ]
	ends 0 done run.svf
	sv-cat -f json -t event run.svf | jq -se 'any(.shard == 0 and
	    (.text.why | IN("said hello without end",
	    "reads nothing of what it is sent")))'
	jq -en --argjson f "$(objective_of run.svf)" \
	    --argjson q "$(objective_of quiet.svf)" \
	    '($f - $q | fabs) <= 1e-4 * $q'
	nothing_left
}
