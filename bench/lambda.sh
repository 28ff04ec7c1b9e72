# shellcheck shell=sh
# The part "lambda" of bench.sh, which sources this and has made $tmp: what
# functions cost beyond the work itself.  SV_LAYER is where make layer has been.
# shellcheck disable=SC2154

# each_ms N COMMAND...: milliseconds of one of N runs, one after the other.
each_ms() {
	n=$1
	shift
	a=$(date +%s%N)
	i=0
	while [ $i -lt "$n" ]; do
		"$@" >"$tmp/out" 2>"$tmp/err"
		i=$((i + 1))
	done
	calc "($(date +%s%N) - $a) / 1e6 / $n" %.3f
}

# with_lambda ZIP OPTIONS SCRIPT
with_lambda() {
	sv-lambda -q -b 127.0.0.1:0 --log "$tmp/log" -F "f=$1,$2" -- \
	    sh -c "$3" 2>"$tmp/err"
}

bench_starting() {
	heading "Starting a program, 200 times one after the other"
	true_ms=$(each_ms 200 /bin/true)
	row "/bin/true" "$true_ms" ms
	for which in "static,$SV_LAYER/static/bootstrap" \
	    "dynamic,$SV_LAYER/../tools/bootstrap"; do
		ms=$(each_ms 200 "${which#*,}" -V)
		row "bootstrap, ${which%%,*}" "$ms" ms \
		    "$(calc "$ms / $true_ms")" "/bin/true"
	done
}

# parts RUN: the medians of a run's starts.
parts() {
	sv-stats -f tsv --section starts "$1" | awk -F '\t' '
	    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	    { name = $at["part"]; if (name == "") name = $1
	      printf "  %-44s %12.1f ms        slowest %.1f\n",
		name, 1e3 * $at["median_s"], 1e3 * $at["max_s"] }'
}

bench_cold() {
	for many in 1,1769 64,128; do
		w=${many%,*} mb=${many#*,}
		heading "Cold start of $w functions of $mb MB at once, medians"
		with_lambda "$SV_LAYER/function.zip" "memory=$mb,timeout=60" "
		    sv-gen -n 64000 -d 1000 -p 0.01 |
		    sv-spawn -q -w $w -l f | sv-hub -q -o $tmp/cold.svf -- \
		    sv-admm -q --l1 1 --max-rounds 3 >$tmp/out"
		parts "$tmp/cold.svf" || return 1
	done
}

bench_share() {
	heading "CPU of a function that spins for 4 s, share of a core"
	mkdir -p "$tmp/f" && cp "$SV_LAYER/../tests/fakeruntime" \
	    "$tmp/f/bootstrap" || return 1
	sv-pack --glibc 99.0 -o "$tmp/spin.zip" "$tmp/f/bootstrap" \
	    >"$tmp/out" || return 1
	for mb in 128 512 1769; do
		# shellcheck disable=SC2016
		share=$(with_lambda "$tmp/spin.zip" "memory=$mb,timeout=30" '
		    curl -s -d "\"spin 4\"" \
		    $AWS_ENDPOINT_URL/2015-03-31/functions/f/invocations' |
		    tr -dc '0-9.')
		row "$mb MB" "$share" core \
		    "$(calc "$share / ($mb / 1769)")" "$mb / 1769"
	done
	sed 's/^/  /' "$tmp/err"
}

bench_lambda() {
	if ! [ -f "$SV_LAYER/function.zip" ]; then
		echo "  make layer has not been run: no figures"
		return 0
	fi
	bench_starting && bench_cold && bench_share
}
