# Strangers, madmen and damaged streams: whatever comes in, nobody crashes, hangs
# or believes it.

setup() {
	load jobs.bash
	jobs_setup
	seeds="1 2 3"
}

teardown() {
	jobs_teardown
}

# Start a job of 3 workers that goes on while it is disturbed; find its address
# and number.
start_target() {
	start_job 3 'tee in.$SV_SHARD | fakeworker' -v -o run.svf "$@" -- \
	    fakemaster -n 150 -p 10
	within 20 grep -q '3 of 3' hub.err
	address=$(jq -r .hub in.0)
	number=$(jq -r .job in.0)
}

@test "strangers at the hub's port change nothing" {
	start_target
	for seed in $seeds; do
		fakepeer -n 1000 -s "$seed" "$address"
	done
	finish
	[ "$status" -eq 0 ]
	grep -Eq 'dropped: [0-9]{3,} messages that made no sense' hub.err
	[ "$(grep -vcE 'dropped: |refused: |nobody in|workers connect|is here' hub.err)" \
	    -eq 0 ]
	ends 0 done run.svf
	[ "$(grep -c '^timing' peek.out)" -eq 150 ]
	[ "$(grep -c '^hello' peek.out)" -eq 3 ]
	nothing_left
}

@test "a madman who knows the job's number makes it fail at worst" {
	for seed in $seeds; do
		echo "seed $seed"
		start_target --job-losses 20 --round-timeout 2
		fakepeer -n 1000 -s "$seed" -j "$number" "$address"
		finish
		case $status in
		0) ends 0 done run.svf ;;
		1) ends 1 '.' run.svf ;;
		*) false ;;
		esac
		nothing_left
		rm -f in.* hub.err
	done
}

@test "random bytes on the hub's and the spawner's standard input" {
	for seed in $seeds; do
		head -c 10000 /dev/urandom >noise
		hub_on noise -- fakemaster
		fails "standard input: frame at byte 0: not a frame"
		spawn_on noise -w 2 -x fakeworker
		[ "$status" -eq 1 ]
		[ ! -s spawn.out ]
	done
}

# mutate FILE SEED: flip bits, cut or repeat pieces, with Python's random.
mutate() {
	python3 - "$1" "$2" <<-'EOF2'
	import random, sys
	b = bytearray(open(sys.argv[1], 'rb').read())
	r = random.Random(int(sys.argv[2]))
	for _ in range(r.randint(1, 4)):
	    i, n = r.randrange(len(b)), r.randint(1, 100)
	    how = r.randrange(4)
	    if how == 0:
	        b[i] ^= 1 << r.randrange(8)
	    elif how == 1:
	        del b[i:i + n]
	    elif how == 2:
	        b[i:i] = b[i:i + n]
	    else:
	        b[i:i + n] = bytes(r.randrange(256) for _ in range(n))
	    b = b or bytearray(b'x')
	sys.stdout.buffer.write(b)
	EOF2
}

@test "streams with pieces changed, on standard input" {
	$gen >problem
	spawn_on problem -w 2 -x fakeworker --hub-timeout 0.1
	cp spawn.out job
	for seed in 1 2 3 4 5 6 7 8 9 10 11 12; do
		mutate job "$seed" >bad
		hub_on bad -- fakemaster
		fails "."
		mutate problem "$seed" >bad
		spawn_on bad -w 2 -x fakeworker --hub-timeout 0.1
		[ "$status" -ne 0 ]
		[ "$status" -le 2 ]
		[ "$(grep -c '^sv-spawn: ' spawn.err)" -eq 1 ]
	done
	nothing_left
}

@test "a master whose output has pieces changed" {
	job 2 'fakeworker' -- sh -c 'fakemaster -n 2 | tee globals'
	[ "$status" -eq 0 ]
	for seed in 1 2 3 4 5 6 7 8 9 10 11 12; do
		mutate globals "$seed" >bad
		job 2 fakeworker --master-timeout 1 -- sh -c 'cat bad; sleep 0.2'
		[ "$status" -le 1 ]
		ends "$status" '.'
		nothing_left
	done
}

# frame TYPE TEXT: a frame that is sound, whatever its text says.
frame() {
	/usr/bin/python3 - "$1" "$2" <<-'EOF2'
	import struct, sys, xxhash
	text = sys.argv[2].encode()
	payload = text + bytes(-len(text) % 8)
	h = b'SVF\x1a' + struct.pack('<BBBBQIIIIIIIIQqQ', 1, int(sys.argv[1]), 0,
	    0, 7, 2**32 - 1, 0, 0, 1, 0, len(text), 0, 0, len(payload), 0,
	    xxhash.xxh3_64_intdigest(payload))
	h += struct.pack('<Q', xxhash.xxh3_64_intdigest(h))
	sys.stdout.buffer.write(h + payload)
	EOF2
}

@test "sound frames whose texts make no sense" {
	/usr/bin/python3 -c 'import xxhash' 2>/dev/null ||
	    skip "python3-xxhash is not installed"
	good='{"kind":"recipe","recipe":1,"n":100,"d":10,"k":5,"p":0.5,"seed":1}'
	while read -r text; do
		echo "problem $text"
		{ frame 1 "$text"; frame 2 '{"workers":2,"control":"/x"}'; } >in
		hub_on in -- fakemaster
		fails "."
		spawn_on in -w 2 -x fakeworker
		[ "$status" -eq 1 ]
		[ ! -s spawn.out ]
		[ "$(wc -l <spawn.err)" -eq 1 ]
	done <<-EOF2
	{}
	[]
	{"kind":"recipe"}
	{"kind":"recipe","recipe":1,"n":0,"d":10,"k":5,"p":0.5,"seed":1}
	{"kind":"recipe","recipe":1,"n":100,"d":-10,"k":5,"p":0.5,"seed":1}
	{"kind":"recipe","recipe":1,"n":100,"d":99999999999999,"k":5,"seed":1}
	{"kind":"recipe","recipe":1,"n":100,"d":10,"k":50,"p":0.5,"seed":1}
	{"kind":"shards","n":100,"d":10,"shards":[]}
	EOF2
	while read -r text; do
		echo "job $text"
		{ frame 1 "$good"; frame 2 "$text"; } >in
		hub_on in -- fakemaster
		fails "."
	done <<-EOF2
	{}
	{"workers":0,"control":"/x"}
	{"workers":-1,"control":"/x"}
	{"workers":65537,"control":"/x"}
	{"workers":99999999999999999999,"control":"/x"}
	{"workers":"2","control":"/x"}
	{"workers":2}
	{"workers":2,"control":7}
	{"workers":2,"control":"/nonexistent/control"}
	EOF2
	# A job of another spawner's, and twice the same.
	{ frame 2 '{"workers":2,"control":"/x"}'; } >in
	hub_on in -- fakemaster
	fails "no problem|without a problem"
	nothing_left
}
