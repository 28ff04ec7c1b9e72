# sv-proxy: what passes, what does not, and that it ends.

bats_require_minimum_version 1.5.0

setup() {
	load jobs.bash
	jobs_setup
	tcp=$SV_SRCDIR/tests/tcp.py
}

teardown() {
	jobs_teardown
}

# proxy OPTION...: start it; its addresses are $listen and $target, and what it
# says is in said.
proxy() {
	rm -f addresses
	mkfifo addresses
	sv-proxy "$@" '127.0.0.1:*' '127.0.0.1:*' <&0 >addresses 2>said 3>&- &
	proxy=$!
	read -r listen target <addresses
	echo "sv-proxy: $listen for $target"
}

# An echo at the target, once it is there.
echoes() {
	/usr/bin/python3 "$tcp" "${1:-echo}" "${target##*:}" 3>&- &
	within 10 is_open "$target"
}

is_open() {
	(exec 3<>"/dev/tcp/${1%:*}/${1##*:}") 2>/dev/null
}

client() {
	/usr/bin/python3 "$tcp" "$@"
}

# Its last line, once it has ended on SIGTERM with status 0.
ended() {
	kill "$proxy"
	wait "$proxy"
	cat said
	tail -n 1 said | grep -q '^sv-proxy: [0-9]* connections, .* bytes up'
}

# counted RE: is that in its last line?
counted() {
	tail -n 1 said | grep -qE "$1"
}

@test "bytes arrive as they were: late, slow, in pieces, and the end as well" {
	local options n
	while read -r n options; do
		# shellcheck disable=SC2086
		proxy $options
		echoes
		client send "$listen" "$n" | tee out
		[ "$(cat out)" = "$n end" ]
		ended
		counted ' 0 bits flipped; '"$n bytes up, $n down"
	done <<-END
		3000000
		100000 --split 3
		1000000 --delay 0.02,0.03 --split 5000
		50000 --rate 100000
	END
}

@test "a bit is flipped where the seed has it, on the way up or down" {
	proxy --corrupt 1e-4 --seed 5 --only up
	echoes
	client send "$listen" 100000 | tee one
	ended
	n=$(($(wc -w <one) - 2))
	[ "$n" -ge 1 ] && [ "$n" -le 40 ]
	counted " $n bits flipped"
	# One bit a byte.
	! tr ' ' '\n' <one | sed -n 's/.*://p' | grep -vE '01|02|04|08|10|20|40|80' || false
	for options in "--seed 5 --only up --split 70" "--seed 6 --only up" \
	    "--seed 5 --only down"; do
		# shellcheck disable=SC2086
		proxy --corrupt 1e-4 $options
		echoes
		client send "$listen" 100000 | tee two
		ended
		case $options in
		*split*) cmp one two ;;
		*) ! cmp -s one two ;;
		esac
	done
}

@test "a target that is not there yet: reset, and later served" {
	proxy
	client tries "$listen" 2 | tee out
	[ "$(tr '\n' ' ' <out)" = "reset reset " ]
	echoes
	client tries "$listen" 2 | tee out
	[ "$(tr '\n' ' ' <out)" = "ok ok " ]
	ended
	counted ' 4 connections, .* 2 without answer'
}

@test "connections are refused as the seed has it" {
	proxy --refuse 0.5
	echoes
	client tries "$listen" 40 >one
	ended
	n=$(grep -c reset one)
	[ "$n" -ge 8 ] && [ "$n" -le 32 ]
	[ "$(grep -c ok one)" -eq $((40 - n)) ]
	counted " 40 connections, .*; $n refused"
	proxy --refuse 0.5
	echoes
	client tries "$listen" 40 >two
	cmp one two
	ended
}

@test "connections are cut in both ways, as the seed has it" {
	for i in 1 2; do
		proxy --cut 20 --delay 0.3
		echoes
		client tries "$listen" 16 >"out$i"
		ended
		resets=$(grep -c reset "out$i")
		[ "$resets" -ge 2 ] && [ "$resets" -le 14 ]
		[ "$(grep -c end "out$i")" -eq $((16 - resets)) ]
		counted " 16 cut, $resets of them by reset"
	done
	cmp out1 out2
}

@test "a connection that is stalled is silent, and goes on" {
	proxy --stall 3,0.4 -v
	echoes
	client pace "$listen" 2 | tee longest
	ended
	grep -q 'connection [0-9]*: stalled after' said
	! counted ' 0 stalls' || false
	counted ' 0 cut'
	awk '{ exit !($1 > 0.3) }' longest
}

@test "an outage cuts what there is and refuses what comes, and is over" {
	proxy --down 1,1 -v
	echoes
	up() {
		[ "$(client tries "$listen" 1)" = ok ]
	}
	refused() {
		! up && grep -q "refused after" said
	}
	within 10 up
	run client pace "$listen" 10
	[ "$status" -ne 0 ]
	grep -q 'outage 1: ' said
	grep -q 'cut by an outage' said
	within 10 refused
	within 10 grep -q 'outage over' said
	within 10 up
	ended
	! counted ' 0 outages' || false
}

@test "who sends to one that does not read is stopped, not stored" {
	proxy
	echoes sink
	client fill "$listen" | tee out
	# What the proxy keeps, and four buffers of the system.
	[ "$(cat out)" -ge 262144 ]
	[ "$(cat out)" -le 100000000 ]
	rss=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$proxy/status")
	echo "$rss kB"
	[ -n "$SV_SANITIZED" ] || [ "$rss" -le 20000 ]
	ended
}

@test "two thousand connections at once" {
	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge 4200 ] ||
	    skip "this user may not have so many descriptors"
	proxy
	echoes
	client many "$listen" 2000 | tee out
	[ "$(cat out)" -eq 2000 ]
	ended
	counted ', 2000 at once'
}

@test "it ends at once, by signal or with its standard input" {
	for signal in TERM INT HUP; do
		proxy --delay 100
		echoes
		(client tries "$listen" 1 >/dev/null || true) 3>&- &
		within 10 is_open "$listen"
		kill -s "$signal" "$proxy"
		wait "$proxy"
		grep -q '^sv-proxy: [0-9]* connections' said
	done
	mkfifo fifo
	# Whose other end is open as long as the sleep lives.
	sleep 60 >fifo 3>&- &
	sleeper=$!
	proxy --until-eof <fifo
	is_open "$listen"
	kill "$sleeper"
	wait "$proxy"
	# Without it a standard input that has ended means nothing.
	proxy </dev/null
	is_open "$listen"
	ended
}

@test "with a command: its addresses, its status, and what it leaves ends" {
	run sv-proxy -q '127.0.0.1:*' '[::1]:9' -- \
	    sh -c 'echo "$SV_PROXY $SV_TARGET"; exit 7'
	[ "$status" -eq 7 ]
	[[ $output =~ ^127\.0\.0\.1:[0-9]+\ \[::1\]:9$ ]]
	run sv-proxy -q '127.0.0.1:*' 127.0.0.1:9 -- sh -c 'kill -9 $$'
	[ "$status" -eq 137 ]
	run -127 sv-proxy -q '127.0.0.1:*' 127.0.0.1:9 -- /no/such/program
	[[ $output == *"/no/such/program: No such file"* ]]
	sv-proxy -q '127.0.0.1:*' 127.0.0.1:9 -- sh -c 'sleep 60 & exit 3' ||
	    status=$?
	[ "$status" -eq 3 ]
	nothing_left
}

@test "a signal goes on to the command; a second one kills it" {
	for script in 'trap "echo got it; exit 5" TERM' 'trap "" TERM'; do
		rm -f there
		status=0
		sv-proxy -q '127.0.0.1:*' 127.0.0.1:9 -- sh -c "$script
		    : >there; while :; do sleep 0.1; done" >out 3>&- &
		proxy=$!
		within 10 test -e there
		kill "$proxy"
		case $script in
		*echo*)
			wait "$proxy" || status=$?
			[ "$status" -eq 5 ]
			grep -qx 'got it' out ;;
		*)
			sleep 0.3
			kill "$proxy"
			wait "$proxy" || status=$?
			[ "$status" -eq 137 ] ;;
		esac
		nothing_left
	done
}

@test "killed outright, it takes the command with it" {
	sv-proxy -q '127.0.0.1:*' 127.0.0.1:9 -- sh -c ': >there; sleep 60' 3>&- &
	proxy=$!
	within 10 test -e there
	kill -KILL "$proxy"
	wait "$proxy" || true
	# The shell, which had SIGTERM; its child is not the proxy's to end.
	within 10 not running sh
}

@test "a job through all of it has the answer that it has without" {
	cat >job.sh <<-'END'
		[ -z "${SV_PROXY:-}" ] || set -- "$@" -b "tcp://$SV_TARGET" -a "$SV_PROXY"
		sv-gen -n 2000 -d 100 -p 0.1 | sv-spawn -w 4 -x sv-worker |
		sv-hub -q -o "$@" -- sv-admm -q --l1 1 -e 1e-9 --max-rounds 500 \
		    >/dev/null
	END
	sh job.sh quiet.svf
	timeout -k 5 60 sv-proxy --seed 3 --cut 0.5 --delay 0.002,0.004 \
	    --split 300 --refuse 0.2 --stall 0.1,0.5 '127.0.0.1:*' \
	    '127.0.0.1:*' -- sh job.sh storm.svf 2>said
	cat said
	! counted ' 0 cut' || false
	for run in quiet storm; do
		sv-cat -t model $run.svf | jq .text.objective
	done | tee objectives
	awk '{ f[NR] = $1 } END {
		exit !(f[1] > 0 && f[2] / f[1] - 1 < 1e-6 &&
		    f[1] / f[2] - 1 < 1e-6) }' objectives
	nothing_left
}

@test "what makes no sense is refused" {
	local options
	set -f
	while read -r options; do
		# shellcheck disable=SC2086
		run sv-proxy $options </dev/null
		echo "$options: $status: $output"
		[ "$status" -eq 2 ]
		[ "$(echo "$output" | wc -l)" -eq 2 ]
		[[ $output == "sv-proxy: "*"try 'sv-proxy --help'" ]]
	done <<-END
		127.0.0.1:0
		127.0.0.1:0 127.0.0.1:9 sh
		127.0.0.1:0 127.0.0.1:9 --
		127.0.0.1 127.0.0.1:9
		127.0.0.1:65536 127.0.0.1:9
		127.0.0.1:0x10 127.0.0.1:9
		:5555 127.0.0.1:9
		*:* 127.0.0.1:9
		0.0.0.0:0 127.0.0.1:9
		127.0.0.1:0 no-such-host.invalid:9
		--delay x 127.0.0.1:0 127.0.0.1:9
		--delay 1, 127.0.0.1:0 127.0.0.1:9
		--stall 1 127.0.0.1:0 127.0.0.1:9
		--refuse 1.5 127.0.0.1:0 127.0.0.1:9
		--corrupt -1 127.0.0.1:0 127.0.0.1:9
		--split 0 127.0.0.1:0 127.0.0.1:9
		--only sideways 127.0.0.1:0 127.0.0.1:9
		--down 0,1 127.0.0.1:0 127.0.0.1:9
	END
}
