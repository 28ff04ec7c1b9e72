bats_require_minimum_version 1.5.0

# Workers that hand over, are lost, or come from another run, as sv-stats tells
# of them.  mkrun says what is known.

setup() {
	load runs.bash
	runs_setup
}

# Of worker 0, from 1.282: asked for 0.6 before, and here 0.36 after the call.
@test "a handover: how long it took, and what both workers cost" {
	"$mkrun" --lambda -r 3 --handover 0:2 >run.svf
	sv-stats -f json run.svf >out.json
	[ "$(json n_handovers)" = 1 ]
	[ "$(json handover_bytes)" = 1000 ]
	near "$(json handover_s)" 0.014
	[ "$(json successors)" = 1 ]
	[ "$(json replaced)" = 0 ]
	[ "$(json lost)" = 0 ]
	[ "$(json shards.0.generation)" = 2 ]
	[ "$(json shards.0.rounds)" = 3 ]
	[ "$(json cold_starts)" = 3 ]
	near "$(json handovers.0.at_s)" 1.282
	[ "$(json handovers.0.shard)" = 0 ]
	[ "$(json handovers.0.from)" = 1 ]
	[ "$(json handovers.0.generation)" = 2 ]
	near "$(json handovers.0.lead_s)" 0.6
	near "$(json handovers.0.start_s)" 0.36
	near "$(json handovers.0.spare_s)" 0.22
	near "$(json handovers.0.took_s)" 0.014
	[ "$(json losses)" = "[]" ]
	# Called at 0.702; the one before ended at 1.302; 1/8 GB.
	near "$(json overlap_s)" 0.6
	near "$(json overlap_gb_seconds)" 0.075
	near "$(json overlap_dollars)" "$(awk 'BEGIN {
	    printf "%.15g", 0.075 * 0.0000166667 + 0.2e-6 }')"
	[ "$(json n_billed)" = 3 ]
	# 1.202, 1.001, and what was reported: 3.
	near "$(json gb_seconds)" "$(awk 'BEGIN {
	    printf "%.15g", (1.202 + 1.001 + 3) / 8 }')"
	run -0 sv-stats run.svf
	echo "$output"
	grep -qx '  workers     2, by lambda of fun; none lost' <<<"$output"
	grep -qx '  handovers   1: state 1.00 kB, took 14.0 ms on average, longest 14.0 ms' <<<"$output"
	grep -q '^  starts .*; 1 in good time$' <<<"$output"
	grep -q '^  overlap     0.075 GB-seconds of it: a successor beside its predecessor, 600' <<<"$output"
	# It is in the summary.
	not_in Events "$output"
	run -0 sv-stats --all run.svf
	grep -q '^Handovers: ' <<<"$output"
}

# not_in HEADING TEXT
not_in() {
	[ "$(grep -c "^$1" <<<"$2")" -eq 0 ]
}

@test "an invocation that nobody waits for ends when it has handed over" {
	"$mkrun" --lambda -r 3 --handover 0:2:silent >run.svf
	sv-stats -f json run.svf >out.json
	# At 1.282 then.
	near "$(json gb_seconds)" "$(awk 'BEGIN {
	    printf "%.15g", (1.182 + 1.001 + 3) / 8 }')"
	near "$(json overlap_s)" 0.58
}

@test "losses: who, when, why, and for how long nobody was there" {
	"$mkrun" -w 3 -r 6 --lose 1:2 --lose '2:3:no update within 7 s' \
	    --lose '2:5:no update within 8.5 s' --leave '0:5:its time is up' \
	    --cut 0:2 --cut 1:3:gone --refuse 0:2 --peers >run.svf
	sv-stats -f json run.svf >out.json
	[ "$(json lost)" = 3 ]
	[ "$(json left)" = 1 ]
	[ "$(json replaced)" = 4 ]
	near "$(json away_s)" 0.51
	near "$(json away_max_s)" 0.51
	[ "$(json cuts)" = 2 ]
	[ "$(json came_back)" = 1 ]
	[ "$(json refused)" = 7 ]
	[ "$(json denied)" = 3 ]
	[ "$(json strangers)" = 2 ]
	[ "$(json garbage)" = 12 ]
	[ "$(json foreign)" = 1 ]
	[ "$(json late)" = 0 ]
	[ "$(json losses.0.why)" = "killed by signal 9" ]
	[ "$(json losses.0.next)" = 2 ]
	near "$(json losses.0.away_s)" 0.51
	[ "$(json losses.3.what)" = left ]
	[ "$(json losses.3.state)" = new ]
	run -0 sv-stats run.svf
	echo "$output"
	grep -qx '  workers     3, by exec of sv-worker; 3 lost, 1 left, 4 replaced' <<<"$output"
	grep -qx '  lost        3: no update within 7 to 8.5 s (2), killed by signal 9 (1)' <<<"$output"
	grep -qx '  left        1: its time is up (1)' <<<"$output"
	grep -qx '  replaced    after 510 ms on average, 510 ms at most' <<<"$output"
	grep -qx '  connections 2 cut, 1 came back' <<<"$output"
	grep -qx '  refused     7: another worker has this shard (1)' <<<"$output"
	grep -q '^  turned away 3 connections for their keys, 2 connections that said nothing of' <<<"$output"
	[ "$(sed -n '/^Losses/,/^$/p' <<<"$output" | grep -c ' lost \| left ')" -eq 4 ]
	# What is told there is no event to a person, but to programs.
	[ "$(sed -n '/^Events/,$p' <<<"$output" | grep -c 'lost\|cut')" -eq 0 ]
	[ "$(sed -n '/^Events/,$p' <<<"$output" | grep -c refused)" -eq 1 ]
	[ "$(json events.0.event)" = lost ]
	run awk 'length > 80 || / $/' <<<"$output"
	[ -z "$output" ]
	for s in handovers losses events; do
		sv-stats -f tsv --section $s run.svf >tsv
		[ "$(awk -F '\t' 'NR == 1 { n = NF } NF != n' tsv)" = "" ]
	done
}

@test "states that were saved, and a run that goes on from them" {
	"$mkrun" -r 4 --save 2 >run.svf
	sv-stats -f json run.svf >out.json
	[ "$(json saves)" = 2 ]
	[ "$(json saved_round)" = 4 ]
	[ "$(json saved_states)" = 2 ]
	[ "$(json saved_bytes)" = 3000 ]
	[ "$(json checkpoints)" = 2 ]
	[ "$(json resumed_round)" = null ]
	run -0 sv-stats run.svf
	grep -qx '  saved       round 4: 2 states, 3.00 kB; the last of 2 times' <<<"$output"
	not_in '  to go on' "$output"
	# One that was cut can be gone on from.
	"$mkrun" -r 5 --save 2 --no-end >run.svf
	run -1 sv-stats -q run.svf
	grep -qx '  to go on    --resume begins exactly after round 4' <<<"$output"
	"$mkrun" -r 5 --no-end >run.svf
	run -1 sv-stats -q run.svf
	grep -qx '  to go on    --resume begins at the last global' <<<"$output"
	# One without a round cannot.
	"$mkrun" -r 0 --no-end >run.svf
	run -1 sv-stats -q run.svf
	not_in '  to go on' "$output"
	# Rounds and times are of this run only.
	"$mkrun" -r 3 --resumed 120 >run.svf
	sv-stats -f json run.svf >out.json
	[ "$(json resumed_round)" = 120 ]
	[ "$(json resumed_state)" = exact ]
	[ "$(json resumed_run)" = 00000000000000aa ]
	[ "$(json rounds)" = 3 ]
	[ "$(json missing_rounds)" = 0 ]
	[ "$(json per_round.0.round)" = 121 ]
	# 3 x 0.031, and twice C + 0.01 + 0.02 (120, 121, 122).
	near "$(json wall_s)" "$(awk 'BEGIN {
	    printf "%.15g", 3 * (0.021 + 0.11) + 0.02 * (120 + 121 + 122) }')"
	run -0 sv-stats run.svf
	[ "${lines[1]}" = '  status      converged after 3 rounds of its own' ]
	[ "${lines[2]}" = '  resumed     from round 120 of run 00000000000000aa, exactly' ]
	"$mkrun" -r 3 --began 120 >run.svf
	run -0 sv-stats run.svf
	[[ "${lines[2]}" == *"aa, with new states" ]]
}

@test "hundreds of megabytes of states are no reason for more memory" {
	[ -z "$SV_SANITIZED" ] || skip "sanitizers take their own memory"
	"$mkrun" -r 4 --save 1 --state-bytes 30000000 |
	    (ulimit -v 60000; sv-stats -f json >out.json)
	[ "$(json saves)" = 4 ]
	[ "$(json saved_bytes)" = 60000000 ]
}

@test "a state's bytes are not shown, its size is; and types can be told apart" {
	"$mkrun" -r 2 --save 2 >run.svf
	sv-cat -t state run.svf >out
	[ "$(jq -c '[.shard, .round, .scalars.part, .scalars.bytes, .vector]' out |
	    tail -n 1)" = '[1,2,0,2000,{"elem":"bytes","n":2000}]' ]
	sv-cat --full -t state run.svf | cmp - out
	[ "$(sv-cat -t checkpoint run.svf | jq -r .text.method)" = admm ]
	[ "$(sv-cat -f tsv -t state,checkpoint run.svf | cut -f 1 |
	    tr '\n' ' ')" = 'type state state checkpoint ' ]
	sv-cat -f frames run.svf | cmp - run.svf
}

@test "figures say that a lane has had several workers" {
	command -v gnuplot >/dev/null || skip "gnuplot is not installed"
	"$mkrun" -w 3 -r 6 --lose 1:2 --handover 0:3 --handover 0:5 >run.svf
	sv-stats --html page.html run.svf >out
	[ "$(grep -c 'a worker here is whoever held its shard; 3 came after another one and 2 of them took over all of its state' page.html)" -ge 1 ]
	grep -q '<dt>handovers</dt><dd>2: state 1.00 kB' page.html
}
