# sv-worker on a pipe, and what it says of a command line or an invocation that
# makes no sense.  With a hub: test-worker.c, test-worker-faults.c.

setup() {
	cd "$BATS_TEST_TMPDIR"
	PATH=$SV_BUILDDIR/tests:$PATH
	sv-gen -n 300 -d 20 -p 0.25 -s 1 >problem
}

# worker ARGUMENT...: frame mode on the file in; updates in out, talk in err.
worker() {
	status=0
	sv-worker -F "$@" <in >out 2>err || status=$?
	echo "status $status"
	cat err
}

# The worker failed with one line that is like RE.
fails() {
	[ "$status" -eq 1 ] || return 1
	[ "$(wc -l <err)" -eq 1 ] || return 1
	grep -Eq "^sv-worker: .*$1" err
}

@test "each global is answered" {
	{ cat problem; globals d=20 seq=5 step step grad term; } >in
	worker -w 3 -i 2
	[ "$status" -eq 0 ]
	[ ! -s err ]
	peek <out >lines
	cat lines
	[ "$(cut -d ' ' -f 1-8 lines | tr '\n' ,)" = \
	    "update step 1 5 2 1 1 20,update step 2 6 2 1 1 20,update grad 3 7 2 1 1 20," ]
}

@test "the end is TERM, the model, or the end of the stream" {
	for end in term model ""; do
		# shellcheck disable=SC2086
		{ cat problem; globals d=20 step $end; } >in
		# What comes after it belongs to somebody else.
		[ -z "$end" ] || globals d=20 step >>in
		worker
		[ "$status" -eq 0 ]
		[ "$(peek <out | wc -l)" -eq 1 ]
	done
}

@test "frames of other types are passed over" {
	{ globals job; cat problem; globals spawn hello trace event d=20 step \
	    timing grad; } >in
	worker
	[ "$status" -eq 0 ]
	[ "$(peek <out | wc -l)" -eq 2 ]
}

@test "nothing is read beyond the last frame" {
	{ cat problem; globals d=20 step term; echo rest; } >in
	# shellcheck disable=SC2094
	{ sv-worker -F >out; cat >rest; } <in
	[ "$(cat rest)" = rest ]
}

@test "the shares add up to the whole" {
	globals d=20 z=0.1 grad >g
	for w in 1 3; do
		for i in $(seq 0 $((w - 1))); do
			cat problem g | sv-worker -F -w "$w" -i "$i" |
			    sv-cat | jq -r '.scalars | [.fz, .rows, .pos] | @tsv'
		done | awk '{ f += $1; n += $2; p += $3 }
		    END { printf "%.9g %d %d\n", f, n, p }' >"sum-$w"
		cat "sum-$w"
	done
	cmp sum-1 sum-3
	grep -q ' 300 ' sum-1
}

@test "every instruction set gives the same bits" {
	{ cat problem; globals d=20 z=0.1 step step ratio=2 rho=2 step grad; } >in
	for isa in generic avx2 avx512; do
		sv-worker -F --isa "$isa" <in >out 2>err || {
			grep -q 'not of this CPU' err
			continue
		}
		sv-cat out | jq -c '[.round, .vector, .scalars.fx, .scalars.xx]' \
		    >"bits-$isa"
		[ "$(wc -l <"bits-$isa")" -eq 4 ]
		cmp bits-generic "bits-$isa"
	done
}

@test "two masters, one after the other, find the same worker" {
	{ cat problem; globals d=20 z=0.1 step step grad; } >in
	globals d=20 z=0.1 step step grad >>in
	worker
	[ "$status" -eq 0 ]
	sv-cat out | jq -c '[.op, .round, .vector, .scalars.fx]' >lines
	[ "$(head -n 3 lines)" = "$(tail -n 3 lines)" ]
	[ "$(wc -l <lines)" -eq 6 ]
}

@test "a line a round with -v, none with -q" {
	{ cat problem; globals d=20 step grad; } >in
	worker -v
	grep -q 'shard 0: round 1: .* iterations, loss' err
	grep -q 'grad: loss' err
	worker -v -q
	[ ! -s err ]
}

@test "what is wrong with a stream is said" {
	: >in
	worker
	fails 'ended without a problem frame'
	globals d=20 step >in
	worker
	fails 'a global frame before any problem'
	{ cat problem; cat problem; } >in
	worker
	fails 'a second problem frame'
	{ cat problem; globals d=20 step | head -c 100; } >in
	worker
	fails 'stdin: frame at byte [0-9]*: the stream ends in the middle'
	echo 'this is no frame, and longer than any header is: at least eighty bytes of text.' >in
	worker
	fails 'not a frame'
	globals problem >in
	worker
	fails 'problem'
}

@test "what is wrong with a global is said" {
	for case in 'd=21 step|21 elements, but the shard has 20 columns' \
	    'd=20 scalars=3 conj|a conj has another number of scalars' \
	    'd=20 f32=1 step|elements must be f64' \
	    'd=20 z=nan step|element 0 is not finite' \
	    'd=20 rho=0 step|rho' 'd=20 rho=inf step|rho' \
	    'd=20 ratio=-1 step|ratio' 'd=20 alpha=2 step|alpha' \
	    'd=20 scalars=2 step|2 scalars' 'd=20 round=0 step|rounds' \
	    'd=20 step round=3 step|round 3 came after round 1' \
	    'd=20 task= step|task: not JSON' 'd=20 task={} step|version'; do
		# shellcheck disable=SC2086
		{ cat problem; globals ${case%%|*}; } >in
		worker
		fails "shard 0: .*${case#*|}"
	done
}

@test "an output that nobody reads is a failure without noise" {
	{ cat problem; globals d=20 step step; } >in
	mkfifo gone
	true <gone 3>&- &
	pid=$!
	run sh -c 'exec 3>gone; sleep 0.1; sv-worker -F <in >&3'
	wait "$pid"
	echo "$output"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ -e /dev/full ] || return 0
	run sh -c 'sv-worker -F <in >/dev/full'
	[ "$status" -eq 1 ]
	[ "$output" = "sv-worker: stdout: No space left on device" ]
}

@test "an invocation that makes no sense" {
	good='{"sv":1,"job":"00112233aabbccdd","shard":0,"workers":1,"generation":1,"hub":"tcp://127.0.0.1:1","wire":"f64","problem":{"kind":"recipe"}}'
	for case in '|stdin: empty' '{|not JSON' '[]|JSON object' \
	    '{"sv":2}|"sv" must be 1' "${good/\"shard\":0/\"shard\":1}|\"shard\"" \
	    "${good/0011/xyzw}|\"job\"" "${good/tcp/udp}|\"hub\""; do
		status=0
		printf '%s' "${case%|*}" | sv-worker >out 2>err || status=$?
		cat err
		[ ! -s out ]
		fails "${case##*|}"
	done
	{ printf '{"x":"'; head -c 17000000 /dev/zero | tr '\0' x; } >in
	status=0
	sv-worker <in 2>err || status=$?
	cat err
	fails 'longer than 16777216 bytes'
}

@test "a hub that is not there" {
	invocation='{"sv":1,"job":"00112233aabbccdd","shard":3,"workers":4,"generation":1,"hub":"tcp://127.0.0.1:1","wire":"f64","problem":{"kind":"recipe","recipe":1,"n":100,"d":10,"k":2,"p":0.2,"seed":1,"from":0,"to":100}}'
	status=0
	echo "$invocation" | timeout 10 sv-worker --connect-timeout 0.3 2>err ||
	    status=$?
	cat err
	fails 'shard 3: no hub at tcp://127.0.0.1:1 in 0.3 s'
	# An address that is none is found out at once.
	status=0
	echo "${invocation/127.0.0.1:1/:}" | timeout 10 sv-worker 2>err ||
	    status=$?
	cat err
	fails 'tcp://:: '
}

@test "SIGTERM while the invocation is awaited" {
	mkfifo never
	sv-worker <never 3>&- &
	pid=$!
	exec 4>never
	sleep 0.2
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	exec 4>&-
	[ "$status" -eq 1 ]
}

@test "a usage error is one line, a hint, and status 2" {
	for case in '-w 2|-w and -i need -F' '-F -w 2 -i 2|-i 2: expected' \
	    '-F -w 0|-w 0: expected' '--isa sse9|--isa sse9: not known' \
	    '--connect-timeout 0|--connect-timeout 0: expected' \
	    'extra|extra: unexpected argument'; do
		status=0
		# shellcheck disable=SC2086
		sv-worker ${case%%|*} <problem >out 2>err || status=$?
		cat err
		[ "$status" -eq 2 ]
		[ "$(wc -l <err)" -eq 2 ]
		grep -q "^sv-worker: ${case#*|}" err
		grep -q "^try 'sv-worker --help'" err
	done
}

@test "a state that was saved is gone on from, bit for bit" {
	for solver in newton newton-cg fista; do
		task='{"task":1,"loss":"logistic","intercept":true,"memory":3,
		    "solver":"'$solver'","kmin":1,"kmax":30,"eps_g":1e-6,
		    "eps_f":0}'
		{ cat problem; globals d=21 "task=$task" z=0.2 step z=-0.1 step \
		    save z=0.1 step grad z=0.05 step; } >in
		worker -w 2 -i 1
		[ "$status" -eq 0 ]
		sv-cat -t state -f frames out >saved
		[ -s saved ]
		sv-cat -t update out | jq -c 'select(.round > 2) |
		    [.op, .round, .length, .vector,
		    (.scalars | del(.comp, .idle, .cpu))]' >expected
		[ "$(wc -l <expected)" -eq 3 ]
		{ cat problem saved; globals d=21 "task=$task" \
		    round=3 z=0.1 step grad z=0.05 step; } >in
		worker -w 2 -i 1
		[ "$status" -eq 0 ]
		sv-cat out | jq -c '[.op, .round, .length, .vector,
		    (.scalars | del(.comp, .idle, .cpu))]' >went-on
		cmp expected went-on
		# What is another shard's is passed over.
		worker -w 2 -i 0
		[ "$status" -eq 0 ]
		[ "$(sv-cat out | jq -s '.[0].scalars.fresh')" = 1 ]
	done
}

@test "what is wrong with a state is said" {
	globals save >in
	worker
	fails 'a save frame before any problem'
	{ cat problem; globals d=20 step save; } >in
	worker
	sv-cat -t state -f frames out >saved
	cp saved in
	worker
	fails 'a state frame before any problem'
	# A state of other rows.
	sv-gen -n 301 -d 20 -p 0.25 -s 1 >other
	cat other saved >in
	worker
	fails 'shard 0: state: rows was 300 and is 301'
}
