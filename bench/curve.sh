# shellcheck shell=sh
# The part "curve" of bench.sh, which sources this: what encryption costs.
# shellcheck disable=SC2154

# secret_round OPTION W D ROUNDS: the median milliseconds of a round of sv-hub with
# null workers and this option, or nothing.
secret_round() {
	rm -f "$tmp"/hub.svf*
	sv-gen -n 1000000 -d "$3" -p 1e-9 |
	    sv-spawn -q -w "$2" -x nullworker |
	    sv-hub -q "$1" -o "$tmp/hub.svf" -- nullmaster "$4" \
	    2>"$tmp/err" >/dev/null
	value nullmaster-ms "$tmp/err"
}

bench_curve() {
	heading "Encryption: libsodium's crypto_box on one core, GB/s"
	box 80000 8000000 >"$tmp/box" || return 1
	for n in 80000 8000000; do
		row "messages of $n bytes, sealing" \
		    "$(value "seal-$n" "$tmp/box")" GB/s
		row "messages of $n bytes, opening" \
		    "$(value "open-$n" "$tmp/box")" GB/s
	done
	heading "A round as in hub, plain and encrypted, $(nproc) cores"
	printf '  %4s %8s %10s %14s %8s %16s %8s\n' W d 'plain, ms' \
	    'encrypted, ms' ratio 'crypto_box, ms' ratio
	goes="1 2 3 4 5"
	[ -z "${BENCH_SMALL:-}" ] || goes=1
	for wdr in 16,10000,200 16,1000000,10; do
		w=${wdr%%,*}
		r=$((${wdr##*,} / rounds_share + 1))
		d=${wdr#*,}
		d=${d%,*}
		plain='' secret=''
		# One after the other, so that both meet the same machine.
		for _ in $goes; do
			plain="$plain $(secret_round -q "$w" "$d" "$r")"
			secret="$secret $(secret_round --encrypt "$w" "$d" \
			    "$r")"
		done
		# shellcheck disable=SC2086
		plain=$(median $plain) secret=$(median $secret)
		n=$((d * 8))
		floor=$(calc "$w * $n / 1e6 * (1 / $(value "seal-$n" \
		    "$tmp/box") + 1 / $(value "open-$n" "$tmp/box"))")
		printf '  %4s %8s %10s %14s %8s %16s %8s\n' "$w" "$d" \
		    "${plain:-failed}" "${secret:-failed}" \
		    "$(calc "${secret:-nan} / ${plain:-nan}" %.2f)" "$floor" \
		    "$(calc "${secret:-nan} / $floor" %.2f)"
	done
	cat <<'END'
  crypto_box: what one core takes to seal what the hub sends in a round and to
  open what it receives.  The workers, on the same cores here, do as much again.
END
}
