# sv-spawn --budget: a job is stopped before it costs more.

setup() {
	# Both have a cloud; here it is the one that does as it is told.
	load functions.bash
	load calls.bash
	calls_setup
	limit=60
}

teardown() {
	calls_teardown
}

# refused RE ARGUMENT...: it makes no sense, for a reason like RE.
refused() {
	local re=$1
	shift
	spawn_on problem "$@"
	[ "$status" -eq 2 ] || return 1
	[ ! -s spawn.out ] || return 1
	grep -Eq "^sv-spawn: $re" spawn.err
}

# What the functions of log are billed, by their REPORT lines, in dollars.
billed() {
	awk -v gb="$1" '/^REPORT/ { n++; for (i = 1; i <= NF; i++)
		if ($i == "Billed") ms += $(i + 2) }
	    END { printf "%.9f\n", ms / 1000 * gb * 0.0000166667 + n * 2e-7 }' log
}

# less X Y
less() {
	awk -v x="$1" -v y="$2" 'BEGIN { exit !(x < y) }'
}

@test "a command line that makes no sense" {
	sv-gen -n 100 -d 10 -p 0.5 >problem
	refused '--budget: for -u and -l' -w 2 -x sv-worker --budget 1
	refused '--budget: how much memory' -w 2 -u http://127.0.0.1:9/ --budget 1
	refused '--budget-reserve: of which --budget' -w 2 -x sv-worker \
	    --budget-reserve 3
	refused '--budget 0: expected' -w 2 -l f --budget 0
	refused '--memory: for --budget and --dry-run' -w 2 -l f --memory 128
	refused '--arch: for --budget' -w 2 -l f --arch arm64
	refused '--arch mips: expected x86_64 or arm64' -w 2 -l f --arch mips
	refused '--prices: for' -w 2 -l f --prices x
	refused '--like: for --dry-run' -w 2 -l f --like x
	refused '--seconds: for --dry-run' -w 2 -l f --seconds 3
	refused '-f: for --dry-run' -w 2 -l f -f json
	refused '-f tsv: expected text or json' -w 2 -l f --dry-run -f tsv
	refused '--like and --seconds: one' -w 2 -l f --dry-run --like x \
	    --seconds 3
	refused '--dry-run and --probe: one' -w 2 -l f --dry-run --probe
	refused '--budget: a probe has none' -w 2 -l f --probe --budget 1
}

@test "one that does not pay for a beginning: nothing is started" {
	sv-gen -n 100 -d 10 -p 0.5 >problem
	# 4 requests, and 2.5 s of 4 functions with 1 GB: 0.000167467.
	spawn_on problem -w 4 -u http://127.0.0.1:9/ --memory 1024 \
	    --budget 0.0001674
	[ "$status" -eq 1 ]
	[ ! -s spawn.out ]
	[ "$(cat spawn.err)" = "sv-spawn: --budget: \$0.000167 is not enough for 4 functions of 1024 MB: their first second, and the 1.5 s that are kept back for the end, cost \$0.000167" ]
	# A cent more or less: with this it waits for a hub.
	spawn_on problem -w 4 -u http://127.0.0.1:9/ --memory 1024 \
	    --budget 0.0001675 --hub-timeout 0.3
	[ "$status" -eq 1 ]
	grep -q 'no hub within' spawn.err
}

@test "functions that cost: the model in time, and the bill within the budget" {
	function_zip
	sv-gen -n 2000 -d 100 -p 0.1 >problem
	cloud_script='sv-spawn -w 2 -l sv --budget 0.0001 <problem |
	    sv-hub -o run.svf -- sv-admm --l1 1 -e 0 --max-rounds 1000000 |
	    sv-stats -f json >stats.json'
	on_lambda 512
	[ "$status" -eq 3 ]
	sv-cat -t model run.svf | grep -q '"status":"stopped"'
	ends 3 'the budget of \$0.0001 is nearly spent: \$0' run.svf
	[ "$(grep -c '^sv-spawn: the budget of $0.0001 is nearly spent: .*; stopping$' err)" -eq 1 ]
	grep -q '^sv-spawn: spent \$0\.0000[0-9]* of \$0.0001$' err
	[ "$(grep -c '^REPORT' log)" -eq 2 ]
	less "$(billed 0.5)" 0.0001
	# It was for something.
	less 0.00004 "$(billed 0.5)"
	nothing_left
}

@test "the same with workers that are replaced, and a master that begins anew" {
	function_zip
	sv-gen -n 2000 -d 100 -p 0.1 >problem
	cloud_script='sv-spawn -w 2 -l sv --budget 0.0001 <problem |
	    sv-hub -o run.svf -- sh -c "while :; do sv-admm -q --l1 1; done" >/dev/null'
	on_lambda 512 3
	[ "$status" -eq 3 ]
	ends 3 'the budget of' run.svf
	# Its time is 3 s: each has handed over, or left, at least once.
	[ "$(sv-cat -t event run.svf |
	    grep -cE '"event":"(left|handover)"')" -ge 2 ]
	less "$(billed 0.5)" 0.0001
	nothing_left
}

# on_lambda MB [TIMEOUT]: run $cloud_script beside sv-lambda.
on_lambda() {
	status=0 statuses=()
	timeout -k 5 "$limit" sv-lambda -b 127.0.0.1:0 --log log \
	    -F "sv=$zip,memory=$1,timeout=${2:-60}" -- sh -c "$cloud_script" \
	    >out 2>err || status=$?
	echo "status $status"
	tail -n 20 err
}

@test "workers that are asked for at a URL" {
	cloud "$sync"
	# Half of 4 GB is worth 3.3e-5 dollars a second.
	calls 2 -u "$url/" --memory 1024 --budget 0.0001 : \
	    -o run.svf -- fakemaster -c -n 100000 -p 20
	[ "$status" -eq 3 ]
	ends 3 'the budget of' run.svf
	grep -q '; stopping$' spawn.err
	grep -q '^sv-spawn: spent \$0.0000[0-9]* of \$0.0001$' spawn.err
	[ "$took" -le 10 ]
	nothing_left
}

@test "--budget-reserve keeps more, or less, back" {
	cloud "$sync"
	calls 2 -u "$url/" --memory 1024 --budget 0.0002 --budget-reserve 4 : \
	    -o run.svf -- fakemaster -c -n 100000 -p 20
	[ "$status" -eq 3 ]
	[ "$(grep -c '^event .*"stop".*"within_s":3.5}' records)" -eq 1 ]
}

@test "a worker that would be too much is not started, and the job stops" {
	cloud "$sync"
	# Replaced again and again, each in vain: requests cost a cent.
	jq '.request = 0.01 | .duration.x86_64 = [{"rate": 1e-9}]' \
	    "$SV_SRCDIR/lib/prices.json" >mine
	sync=${sync//fakeworker/fakeworker -b die -s 1 -g 0 -r 3}
	cloud "$sync"
	calls 2 -u "$url/" --memory 1024 --prices mine --budget 0.045 : \
	    --shard-losses 100 --job-losses 100 -o run.svf -- fakemaster -n 10
	[ "$status" -eq 1 ]
	[ "$(wc -l <requests)" -eq 4 ]
	ends 1 'the budget of \$0.045 is nearly spent' run.svf
	nothing_left
}

@test "after the stop nobody is asked for who was to come" {
	cloud "$sync"
	# Two a second: 10 requests and 25 s of a function are worth 0.000419, and
	# the eighth is not there when they are spent.
	calls 10 -u "$url/" --memory 1024 --rate 2 --budget 0.00042 : \
	    -o run.svf -- fakemaster -n 10
	[ "$status" -eq 1 ]
	ends 1 'the budget of \$0.00042 is nearly spent' run.svf
	grep -c '^spawn.*"request"' peek.out
	[ "$(grep -c '^spawn.*"request"' peek.out)" -ge 2 ]
	[ "$(sed '1,/^event .*"event":"stop"/d' peek.out |
	    grep -c '^spawn.*"request"')" -eq 0 ]
	[ "$(grep -c '^spawn.*"end":"unstarted"' peek.out)" -ge 1 ]
	nothing_left
}

@test "what Lambda is asked is signed as it wants" {
	function_zip
	sv-gen -n 100 -d 10 -p 0.5 >problem
	echo "AKIDEXAMPLE sEcReT/key" >keys
	# shellcheck disable=SC2016
	cloud_script='
	export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=sEcReT/key
	for f in sv "sv:\$LATEST" 000000000000:function:sv; do
		sv-spawn --dry-run -w 2 -l "$f" -f json <problem || exit
	done
	AWS_SECRET_ACCESS_KEY=another sv-spawn -w 2 -l sv --budget 1 <problem'
	status=0
	timeout -k 5 "$limit" sv-lambda -q -b 127.0.0.1:0 --log log --keys keys \
	    -F "sv=$zip,memory=300,timeout=77" -- sh -c "$cloud_script" \
	    >out 2>err || status=$?
	cat err
	[ "$status" -eq 1 ]
	[ "$(jq -s 'map(.accepted and .memory_mb == 300 and .timeout_s == 77)' out |
	    jq -c .)" = '[true,true,true]' ]
	[ "$(grep -c '^sv-spawn: -l sv: its memory is not known: 403 InvalidSignatureException' err)" -eq 1 ]
	# No function has run.
	! grep -q '^START' log || false
}

@test "a hub that does not stop is left, and its workers with it" {
	cloud "$sync"
	set +e
	$gen | timeout -k 5 "$limit" sv-spawn -w 2 -u "$url/" --memory 1024 \
	    --budget 0.0001 2>spawn.err | stopper - |
	    timeout -k 5 "$limit" sv-hub -o run.svf -- fakemaster -n 100000 -p 20 \
	    2>hub.err >"$out"
	statuses=("${PIPESTATUS[@]}")
	set -e
	cat spawn.err hub.err
	[ "${statuses[1]}" -eq 1 ]
	[ "${statuses[3]}" -eq 1 ]
	[ "$(sed -n 2p spawn.err)" = "sv-spawn: the job does not stop; ending it" ]
	ends 1 'sv-spawn is gone' run.svf
	nothing_left
}
