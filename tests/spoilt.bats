bats_require_minimum_version 1.5.0

# sv-stats on runs whose contents cannot be, or which are not whole.

setup() {
	load runs.bash
	runs_setup
	spoil=$SV_BUILDDIR/tests/spoil
	export spoil
}

# spoilt KIND [ROUND]: the run so spoilt, its JSON, what was said, the status.
spoilt() {
	"$mkrun" -w 3 -r 4 --grad | "$spoil" "$@" >run.svf
	status=0
	sv-stats -f json run.svf >out.json 2>err || status=$?
	sv-stats --all --section summary run.svf >text 2>/dev/null || true
	for s in rounds timing utilisation distributions trace shards; do
		sv-stats --all --section $s run.svf >>text 2>/dev/null || true
	done
	cat err
	if grep -wiE 'nan|-nan|inf|-inf' text; then
		return 1
	fi
}

# says WHY: it failed, with one line.
says() {
	[ "$status" -eq 1 ]
	[ "$(cat err)" = "sv-stats: run.svf: timing frame, round 2: $1" ]
}

# In round 2 of three workers: comp 0.12 0.13 0.14.
@test "durations that cannot be are not known, and the others count" {
	for kind in inf negative huge; do
		echo $kind
		spoilt $kind 2
		says "times that cannot be"
		near "$(json per_round.2.comp_s)" 0.135
		near "$(json per_round.2.cpu_s)" 0.135
		near "$(json per_round.2.idle_s)" 0.0375
		near "$(json per_round.2.delay_s)" 0.136
		# 0.10, 0.14, 0.16
		near "$(json shards.0.comp_s)" 0.13333333333333333
		[ "$(json rounds)" = 4 ]
	done
	# That they are not known is no damage.
	spoilt nan 2
	[ "$status" -eq 0 ]
	[ ! -s err ]
	near "$(json per_round.2.comp_s)" 0.135
}

@test "moments in no order are not known" {
	spoilt back 2
	says "times that cannot be"
	[ "$(json per_round.2.answered)" = 2 ]
	near "$(json per_round.2.queueing_s)" 0.002
	[ "$(json shards.0.rounds)" = 3 ]
	for kind in swap late; do
		spoilt $kind 2
		says "times that cannot be"
		near "$(json per_round.2.barrier_s)" 0.0085	# 0.014 and 0.003
		near "$(json per_round.2.queueing_s)" 0.002
		[ "$(json per_round.2.answered)" = 3 ]
	done
}

@test "an answer before the question, minus one byte, a generation below zero" {
	spoilt answer 2
	says "times that cannot be"
	[ "$(json per_round.2.master_s)" = null ]
	near "$(json per_round.2.time_s)" 0.152	# until the sum is complete
	spoilt bytes 2
	says "times that cannot be"
	[ "$(json per_round.2.bytes_down)" = null ]
	[ "$(json bytes_down)" = 2016 ]	# six of eight
	spoilt generation 2
	says "times that cannot be"
	[ "$(json shards.0.generation)" = 1 ]
	[ "$(json shards.0.changes)" = 0 ]
	near "$(json per_round.2.comp_s)" 0.13
}

@test "frames that are no rows for each worker are left out" {
	for kind in wider narrower none uneven float sent job; do
		echo $kind
		spoilt $kind 2
		[ "$status" -eq 1 ]
		grep "run.svf: timing frame, round 2: " err
		grep "the records of 2 rounds are missing" err
		[ "$(wc -l <err)" -eq 2 ]
		[ "$(json rounds)" = 3 ]
		[ "$(json other_rounds)" = 3 ]
		near "$(json comp_s)" 0.14333333333333334
	done
}

@test "a frame that is there twice counts once, and so does an end" {
	spoilt twice 2
	says "it comes after a later one"
	[ "$(json rounds)" = 4 ]
	near "$(json comp_s)" 0.14
	spoilt end
	[ "$status" -eq 1 ]
	[ "$(cat err)" = "sv-stats: run.svf: end frame, round 0: a second one" ]
	[ "$(json status)" = converged ]
}

@test "rounds whose numbers go back are another master's" {
	spoilt number 2
	[ "$status" -eq 0 ]
	[ "$(json per_round.7.round)" = 4 ]
	near "$(json per_round.7.comp_s)" 0.17
}

@test "numbers of a TRACE frame that are not finite are not known" {
	spoilt trace 2
	[ "$status" -eq 0 ]
	[ "$(json trace.2.primal)" = null ]
	[ "$(json trace.2.round)" = 2 ]
	[ "$(json trace.4.primal)" = 0.3333333333333333 ]
}

@test "two runs whose frames are mixed up" {
	"$mkrun" -w 3 -r 4 >a
	"$mkrun" -w 3 -r 4 -c 0.2 >b
	/usr/bin/python3 -c '
import struct, sys
def frames(name):
    data = open(name, "rb").read()
    while data:
        n = 80 + struct.unpack_from("<Q", data, 48)[0]
        yield data[:n]
        data = data[n:]
for x in zip(frames("a"), frames("b")):
    sys.stdout.buffer.write(x[0] + x[1])' >run.svf
	run --separate-stderr sv-stats run.svf
	[ "$status" -eq 1 ]
	[[ "${stderr_lines[0]}" == "sv-stats: run.svf: "*" frame, round "* ]]
	[ "$(grep -ciE '\b(nan|inf)\b' <<<"$output")" -eq 0 ]
}

# Any part of a run, with all options that make tables.
@test "wherever a run is cut, or a bit flips, it is shown up to there" {
	"$mkrun" -w 3 -r 4 --grad --lose 1:2 >whole
	/usr/bin/python3 - <<'END'
import json, re, subprocess
whole = open("whole", "rb").read()
n = len(whole)
for k in range(60):
    at = 1 + k * (n - 2) // 60
    for kind in "cut", "flip":
        data = bytearray(whole[:at] if kind == "cut" else whole)
        if kind == "flip":
            data[at] ^= 1 << (k % 8)
        open("run.svf", "wb").write(data)
        for f in "json", "text":
            p = subprocess.run(["sv-stats", "--all", "-f", f, "run.svf"],
                capture_output=True)
            where = (kind, at, f, p.returncode, p.stderr)
            assert p.returncode == 1, where
            assert p.stderr.startswith(b"sv-stats: run.svf: "), where
            assert not re.search(rb"\b(nan|inf)\b", p.stdout), where
            if f == "json" and p.stdout:
                json.loads(p.stdout)
            # What is whole before the damage is shown.
            if at > n // 2:
                assert len(p.stdout) > 500, where
END
}

@test "a part from the middle of a run is no run, and shown" {
	"$mkrun" -w 3 -r 4 | sv-cat -f frames -t timing,trace >run.svf
	run --separate-stderr sv-stats -f json run.svf
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: run.svf: the run has no end" ]
	echo "$output" >out.json
	[ "$(json rounds)" = 4 ]
	near "$(json comp_s)" 0.14
	[ "$(json timing.0.round)" = 2 ]
}
