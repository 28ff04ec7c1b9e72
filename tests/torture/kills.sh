#!/bin/bash
# kills.sh [-f] [-n COUNT] [-s SEED] [-m MODES] [-v VICTIMS] [-k SIGNALS]: kill one
# stage of a job at a random moment, COUNT times (100), and see what is left.  With -f
# the jobs are short.
#
# MODES, some of exec (workers are processes), lambda (functions on an sv-lambda
# that runs the pipeline), sync and async (on one that stands beside it); VICTIMS,
# some of gen spawn hub master stats worker lambda group (all of the process group)
# cut (the pipe downstream); SIGNALS, some of KILL INT TERM HUP.  Each kill has a
# seed of its own, SEED and those that follow, and is done again by -n 1 -s SEED with
# the same other options.
#
# After each no process of the job may be left within ten seconds, nor a control
# socket, nor a call under way; whoever lived has said at most one line; sv-cat and
# sv-stats read the run file up to where it ends, and a job that is resumed from it
# ends where one ends that nobody harmed.  A line a kill; what went wrong keeps its
# files.

# Functions are called by until_in, variables by the pipeline.
# shellcheck disable=SC2317
set -u
set -m	# the job is a process group, as it is on a terminal
count=100 seed=1 slow=300 modes='exec lambda sync async' signals=
victims='gen spawn hub master stats worker lambda group cut'
while getopts fn:s:m:v:k: option; do
	case $option in
	f) slow=30 ;;
	n) count=$OPTARG ;;
	s) seed=$OPTARG ;;
	m) modes=$OPTARG ;;
	v) victims=$OPTARG ;;
	k) signals=$OPTARG ;;
	*) exit 2 ;;
	esac
done
for tool in sv-gen sv-shard sv-spawn sv-worker sv-hub sv-admm sv-stats sv-cat \
    sv-lambda sv-pack; do
	command -v $tool >/dev/null || {
		echo "kills.sh: $tool is not in PATH" >&2
		exit 1
	}
done
tools=$(cd "$(dirname "$(command -v sv-hub)")" && pwd)
gone=10	# seconds until all is over once a stage was hit
limit=60	# ... where the job is to survive that
top=$(mktemp -d) || exit 1
exec 2>"$top/chatter"	# what the shell says of those that are killed
workers=4
rows=4000
problem="sv-gen -n $rows -d 500 -p 0.02 -s 1"
# Slow on purpose: many rounds, each of them cheap.
master="sv-admm -q --l1 1 --memory 0 --rho-fixed --rho $slow --alpha 1 -e 1e-8"
master="$master --max-rounds 20000"
save=
! sv-hub --help | grep -q -e --save-state || save='--save-state 20'
resumes=
! sv-admm --help | grep -q -e --resume || resumes=yes
good=0 bad=0 harmed=0 resumed=0

# random MIN MAX: the next number of this kill's sequence, in $r.
random() {
	state=$(((state * 1103515245 + 12345) % 2147483648))
	r=$(($1 + (state / 65536) % ($2 - $1 + 1)))
}

# one_of WORD...: one of them, in $r.
one_of() {
	random 1 $#
	r=${!r}
}

# Processes of this job: all have its directory in their environment, as $TMPDIR,
# and those of functions as the place of their code.  The tools show theirs to root
# only; for others a limit that Linux does not care about is the mark.
ours() {
	local p
	grep -lsF "$dir/" /proc/[0-9]*/environ | sed 's,/proc/\([0-9]*\)/.*,\1,'
	[ "$(id -u)" -ne 0 ] || return 0
	for p in $(grep -ls "^Max resident set  *$((mark * 1024)) " \
	    /proc/[0-9]*/limits | tr -dc '0-9\n'); do
		[ -r "/proc/$p/environ" ] ||
		    ! grep -qs '^State:.[^ZX]' "/proc/$p/status" || echo "$p"
	done
}

# of NAME: those among them that run this program.
of() {
	local p
	for p in $(ours); do
		[ "$(cat "/proc/$p/comm" 2>/dev/null)" != "$1" ] || echo "$p"
	done
}

# until SECONDS COMMAND...: wait until it succeeds.
until_in() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

size() {
	stat -c %s "$1" 2>/dev/null || echo 0
}

# objective FILE: that of the model in it.
objective() {
	sv-cat -t model "$1" 2>/dev/null |
	    sed -n 's/.*"objective": *\([^,}]*\).*/\1/p' | tail -n 1
}

same() {
	awk -v a="$1" -v b="$2" 'BEGIN {
		d = a - b
		exit !(a != "" && (d < 0 ? -d : d) <= 1e-6 * b)
	}'
}

wrong() {
	echo "    WRONG: $*"
	ok=
}

# The package of the worker: that of make layer, or one of this machine's libraries.
package() {
	zip=$tools/../lambda-layer/function.zip
	[ ! -f "$zip" ] || [ -n "${SV_SANITIZED:-}" ] || return 0
	zip=$top/function.zip
	sv-pack -q --glibc 99.0 -o "$zip" "$tools/bootstrap" >"$top/pack.out"
}

# The pipeline.  Whoever is killed, how each stage ended is in status.
stages() {
	local launch=(-x sv-worker)
	case $mode in
	lambda | sync) launch=(-l sv) ;;
	async) launch=(-l sv --async) ;;
	esac
	trap : HUP INT TERM
	# shellcheck disable=SC2086
	eval "$first" |
	    sv-spawn -w $workers "${launch[@]}" 2>spawn.err |
	    sv-hub $save -o run.svf -- $master 2>hub.err |
	    eval "$last"
	echo "${PIPESTATUS[@]}" >status
}

# sv-lambda beside the job; its URL is in url.
stand() {
	trap : HUP INT TERM
	sv-lambda -q -b 127.0.0.1:0 --ready url --log log --no-limits \
	    -F "sv=$zip,memory=512,timeout=900" 2>lambda.err
	echo $? >lambda.status
}

# start: the job, in a group of its own, in $job; in $stand an sv-lambda, if there
# is one.
start() {
	export TMPDIR=$dir/tmp
	mark=$(((1 << 40) + $$ * 32768 + RANDOM))
	ulimit -S -m $mark
	cd "$dir" || exit 1
	mkdir tmp
	stand=
	case $mode in
	sync | async)
		stand &
		stand=$!
		until_in 10 test -f url || wrong "sv-lambda does not start"
		AWS_ENDPOINT_URL=$(cat url) AWS_ACCESS_KEY_ID=test
		export AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID
		export AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1 ;;
	lambda)
		export mode first last save master workers
		export -f stages ;;
	esac
	if [ "$mode" = lambda ]; then
		(trap : HUP INT TERM
		sv-lambda -q -b 127.0.0.1:0 --log log --no-limits \
		    -F "sv=$zip,memory=512,timeout=900" -- bash -c stages \
		    2>lambda.err
		echo $? >lambda.status) &
	else
		stages &
	fi
	job=$!
	# Who looks is not of the job.
	export TMPDIR=$top
	cd "$top" || exit 1
}

job_over() {
	! kill -0 "$job" 2>/dev/null
}

# Nothing of the job is left, nor a call at an sv-lambda that goes on.
all_over() {
	job_over || return 1
	if [ -n "$stand" ] && kill -0 "$stand" 2>/dev/null; then
		[ "$(grep -c '^START ' "$dir/log")" -eq \
		    "$(grep -c '^REPORT ' "$dir/log")" ] || return 1
		[ -z "$(of sv-spawn; of sv-hub; of sv-admm)" ] || return 1
		kill -TERM -- "-$stand"
		return 1
	fi
	[ -z "$(ours)" ]
}

# Whoever is still there.
kill_all() {
	local p
	for p in $(ours); do
		kill -CONT "$p"
		kill -KILL "$p"
	done
	kill -KILL -- "-$job"
	[ -z "$stand" ] || kill -KILL -- "-$stand"
	wait
}

# reference: how long the run file of an unharmed job is, in $full_MODE, and its
# F, in $best.
reference() {
	local m
	for m in $modes; do
		mode=$m dir=$top/reference-$m ok=yes
		first="$problem 2>gen.err" last='cat >stats.out 2>stats.err'
		mkdir "$dir"
		start
		until_in 120 all_over || wrong "it does not end"
		if [ -z "$ok" ] || [ "$(cut -c 1-7 "$dir/status")" != "0 0 0 0" ]
		then
			echo "the job fails, $mode: see $dir"
			cat "$dir"/*.err
			kill_all
			exit 1
		fi
		printf -v "full_$m" %s "$(size "$dir/run.svf")"
		best=$(objective "$dir/run.svf")
		rm -rf "$dir"
	done
}

# What is done in this kill, from its seed alone.
choose() {
	local cases=() m v s set
	for m in $modes; do
		for v in $victims; do
			[ "$v" != lambda ] || [ "$m" != exec ] || continue
			set=${signals:-KILL KILL KILL INT TERM HUP}
			[ "$v" != cut ] || set=PIPE
			for s in $set; do
				cases+=("$m $v $s")
			done
		done
	done
	state=$1
	random 0 1
	random 0 1
	# Neighbours are far from each other.
	read -r mode victim signal \
	    <<<"${cases[$((($1 * 7919) % ${#cases[@]}))]}"
	first=$problem
	one_of 'sv-stats --follow' 'sv-stats -q' cat
	last=$r
	case $victim in
	cut) random 100 200000; last="head -c $r" ;;
	gen) first="sv-shard -q -w $workers -o shards - < <(cat $top/rows
		sleep 1; cat $top/rows)" ;;
	esac
	first="$first 2>gen.err" last="$last >stats.out 2>stats.err"
	random 1 4
	full=full_$mode
	if [ "$r" -eq 1 ] || [ "$victim" = gen ]; then
		random 0 300
		at=$(printf '%d.%03d' $((r / 1000)) $((r % 1000)))
		moment="after $at s"
	else
		random 1 98
		at=$((${!full} * r / 100))
		moment="at $r %"
	fi
}

# The victims' processes, in $pids.
find_victims() {
	case $victim in
	gen) pids=$(of sv-shard) ;;
	spawn | hub) pids=$(of "sv-$victim") ;;
	master) pids=$(of sv-admm) ;;
	stats) pids=$(of "${last%% *}") ;;
	lambda) pids=$(of sv-lambda) ;;
	worker) pids=$(of sv-worker; of bootstrap)
		pids=$(echo "$pids" | head -n $((1 + state % workers)) |
		    tail -n 1) ;;
	group) pids="-$job" ;;
	esac
	[ -n "$pids" ]
}

# Are there so many bytes of the run, or is it over?
reached() {
	[ "$(size "$dir/run.svf")" -ge "$at" ] || job_over
}

harm() {
	pids=
	[ "$victim" != cut ] || return 0
	case $moment in
	after*) sleep "$at" ;;
	at*) until_in 60 reached || wrong "it does not get there" ;;
	esac
	until_in 5 find_victims || return 0
	# shellcheck disable=SC2086
	kill -s "$signal" -- $pids 2>/dev/null && harmed=$((harmed + 1))
}

# check_said STAGE: at most one line on its cause.
check_said() {
	local n
	# What the view says as it goes on, and what a hub that has failed says of a
	# reader that has gone before the end, is of something else.
	n=$(grep -vcE -e '; (starting another$|trying again)' \
	    -e '^sv-stats: [0-9.]+ [a-z]+: ' -e ': standard output: Broken pipe$' \
	    "$dir/$1.err")
	[ "$n" -le 1 ] || wrong "$1 said $n lines"
	! grep -q -e 'Sanitizer' -e 'Assertion' "$dir/$1.err" ||
	    wrong "$1: a fault of the program"
}

# Who was not hit ended as one ends.
check_statuses() {
	local names=(gen spawn hub stats) i=0 s
	if [ ! -f "$dir/status" ]; then
		[ "$victim" = group ] || [ "$victim" = lambda ] ||
		    wrong "the pipeline has no status"
		return
	fi
	read -ra got <"$dir/status"
	for s in "${got[@]}"; do
		case $victim,$s in
		*,[013] | "${names[$i]}",*) ;;
		group,* | lambda,*) ;;
		cut,141) ;;
		*) wrong "${names[$i]} ended with status $s" ;;
		esac
		i=$((i + 1))
	done
	if survives && [ "${got[2]}" -ne 0 ]; then
		wrong "the job did not survive it"
	fi
	if [ "${got[2]}" -eq 0 ] &&
	    ! same "$(objective "$dir/run.svf")" "$best"; then
		wrong "status 0, and F is $(objective "$dir/run.svf")"
	fi
}

# The run is read up to its end, whatever that is.
check_run() {
	local tool status
	[ -s "$dir/run.svf" ] || return
	for tool in "sv-cat" "sv-stats -q -f json"; do
		status=0
		$tool "$dir/run.svf" >"$dir/read.out" 2>"$dir/read.err" ||
		    status=$?
		case $status,$(wc -l <"$dir/read.err") in
		[013],0 | 1,1) ;;
		*) wrong "$tool: status $status, $(wc -l <"$dir/read.err") lines" ;;
		esac
	done
}

# A job that goes on from there ends at the same F, or says why it cannot.
check_resume() {
	local status=0 f
	[ -n "$resumes" ] && [ -s "$dir/run.svf" ] || return
	cd "$dir" || exit 1
	# shellcheck disable=SC2086
	$problem | timeout 60 sv-spawn -w $workers -x sv-worker 2>resume.err |
	    timeout 60 sv-hub -q $save -o resumed.svf -- $master \
	    --resume run.svf >/dev/null 2>>resume.err || status=$?
	cd "$top" || exit 1
	if [ $status -eq 0 ]; then
		f=$(objective "$dir/resumed.svf")
		same "$f" "$best" || wrong "resumed, F is $f and not $best"
		resumed=$((resumed + 1))
	elif [ "$(grep -c '^sv-admm: --resume ' "$dir/resume.err")" -ne 1 ] ||
	    sv-cat -t trace "$dir/run.svf" 2>/dev/null | grep -q .; then
		wrong "resume: status $status, $(cat "$dir/resume.err")"
	fi
}

# Does the job go on without its victim?  A view that goes with the run waits for
# its end when it is interrupted; a cloud may come back.
survives() {
	case $victim,$signal,$last in
	worker,* | stats,[HIT]*,*--follow*) return 0 ;;
	esac
	return 1
}

# No worker is left, whatever the others do.
no_workers() {
	[ -z "$(of sv-worker; of bootstrap)" ]
}

check() {
	local stage
	if [ "$victim" = lambda ] && ! until_in $gone no_workers; then
		wrong "workers are left after $gone s"
	fi
	if survives || [ "$victim" = lambda ]; then
		until_in $limit all_over || wrong "left: $(ours | tr '\n' ' ')"
	elif ! until_in $gone all_over; then
		wrong "left after $gone s: $(ours | tr '\n' ' ')"
		ps -o pid,ppid,pgid,stat,etime,args -p "$(ours | paste -sd ,)" |
		    cut -c 1-150
	fi
	took=$((SECONDS - since))
	kill_all
	for stage in gen spawn hub stats; do
		[ ! -f "$dir/$stage.err" ] || check_said $stage
	done
	check_statuses
	check_run
	# Before the hub has come, nobody else knows of it.
	if [ -n "$(find "$dir/tmp" -name control)" ] &&
	    { [ "$signal" != KILL ] || [ -s "$dir/hub.err" ]; }; then
		wrong "the control socket is left"
	fi
	check_resume
}

one_kill() {
	choose "$1"
	dir=$top/$(printf %06d "$1") ok=yes
	mkdir "$dir"
	start
	harm
	since=$SECONDS
	[ "$victim" != cut ] || until_in $limit job_over ||
	    wrong "it goes on without a reader"
	check
	echo "$1: $mode, $signal to $victim $moment${pids:+, over in $took s}:" \
	    "${ok:-WRONG}"
	if [ -n "$ok" ]; then
		good=$((good + 1))
		rm -rf "$dir"
	else
		bad=$((bad + 1))
		(cd "$dir" && tail -n 3 ./*.err) | sed 's/^/    /'
	fi
}

finish() {
	[ -z "${job:-}" ] || kill_all
	echo "$((good + bad)) kills, $harmed of them hit, $resumed resumed:" \
	    "$good good, $bad bad"
	[ $bad -gt 0 ] || rm -rf "$top"
	[ $bad -eq 0 ] || echo "what they left is in $top"
	[ $bad -eq 0 ]
	exit
}

$problem | sv-shard -q -w 1 -o "$top/all" >/dev/null 2>"$top/err" || exit 1
sv-cat -f libsvm "$top"/all/* >"$top/rows" 2>"$top/err"
trap finish INT TERM
package || exit 1
reference
for ((k = 0; k < count; k++)); do
	one_kill $((seed + k))
done
finish
