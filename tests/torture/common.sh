# shellcheck shell=bash
# shellcheck disable=SC2154
# Sourced by the scripts here: runs of small jobs to which things are done, and a
# look at what became of them.  Whoever sources it sets $name, and then
#
#	begin			find the tools, make a directory for everything: $top
#	run TITLE		one run, as the variables below have it; one line
#	summary			what was done to all, in good and bad runs; its status
#				is 1 if one was bad
#
# A run keeps its files, and says how to repeat it, if it was bad.

# What a run is.  reset sets all to what a quiet one has.
reset() {
	workers=4 rows=2000 features=100	# the problem
	master='sv-admm -q --l1 1 --memory 0 --rho-fixed --alpha 1 -e 1e-7'
	master="$master --max-rounds 200000"
	rounds=1000	# that it should take, more or less: see reference()
	launch='exec'	# exec, lambda or async
	memory=512	# of functions, MB
	hub_options='--shard-losses 1000 --job-losses 100000'
	hub_options="$hub_options --start-timeout 30 --round-floor 5"
	spawn_options='--tries 20'
	proxy_options=		# empty: no proxy
	lambda_options=
	kill_every=0	# s; 0: nobody is killed
	kill_most=100000	# so many at most
	stop_every=0	# likewise: stopped for some seconds
	stop_most=100000
	watch_hub=	# sample its memory into rss
	limit=120	# s that it may take
	again=		# the command that repeats it
}

begin() {
	local tool
	for tool in sv-gen sv-spawn sv-worker sv-hub sv-admm sv-fista sv-stats \
	    sv-cat sv-lambda sv-proxy sv-pack; do
		command -v $tool >/dev/null || {
			echo "$name: $tool is not in PATH; call make torture" >&2
			exit 1
		}
	done
	tools=$(cd "$(dirname "$(command -v sv-hub)")" && pwd)
	top=$(mktemp -d "${TMPDIR:-/tmp}/sv-torture-XXXXXX") || exit 1
	good=0 bad=0 dir=
	: >"$top/done"
	trap 'finish 130' INT
	trap 'finish 143' TERM HUP
	package
}

# The function's package: that of make layer, or one of this machine's libraries.
package() {
	zip=$tools/../lambda-layer/function.zip
	[ ! -f "$zip" ] || [ -n "${SV_SANITIZED:-}" ] || return 0
	zip=$top/function.zip
	sv-pack -q --glibc 99.0 -o "$zip" "$tools/bootstrap" >"$top/pack.out" ||
	    exit 1
}

# random MIN MAX: the next number of this run's sequence, in $r.
random() {
	state=$(((state * 1103515245 + 12345) % 2147483648))
	r=$(($1 + (state / 65536) % ($2 - $1 + 1)))
}

# chance N: true once in N times.
chance() {
	random 1 "$1"
	[ "$r" -eq 1 ]
}

# one_of WORD...: one of them, in $r.
one_of() {
	random 1 $#
	r=${!r}
}

# Processes of this run: those of its session, and those that have its directory in
# their environment, as $TMPDIR or, functions, as the place of their code.  (Who holds
# secrets does not show its environment, but to root.)
ours() {
	[ -s "$dir/session" ] || return 0
	{
		grep -lsF "$dir/" /proc/[0-9]*/environ |
		    sed 's,/proc/\([0-9]*\)/.*,\1,'
		ps -o pid= -s "$(cat "$dir/session")" | tr -d ' '
	} | sort -un
}

# of NAME: those among them that run this program.
of() {
	local p
	for p in $(ours); do
		[ "$(cat "/proc/$p/comm" 2>/dev/null)" != "$1" ] || echo "$p"
	done
}

kill_all() {
	local p
	for p in $(ours); do
		kill -CONT "$p" 2>/dev/null
		kill -KILL "$p" 2>/dev/null
	done
}

# objective FILE: that of the last model in it.
objective() {
	sv-cat -t model "$1" 2>/dev/null |
	    sed -n 's/.*"objective": *\([^,}]*\).*/\1/p' | tail -n 1
}

same() {
	awk -v a="$1" -v b="$2" 'BEGIN {
		d = a - b
		exit !(a != "" && b != "" && (d < 0 ? -d : d) <= 1e-6 * b)
	}'
}

wrong() {
	why="$why; $*"
}

# What the master gets beyond $master.
penalty() {
	case $master in
	sv-admm*) echo "--rho $1" ;;
	esac
}

# $best: F of this problem by this master, from a run to which nothing is done; $rho:
# with which it takes so many $rounds, which are in proportion once it is large.
reference() {
	local key problem n
	problem="sv-gen -n $rows -d $features -p 0.1"
	key=$(echo "$problem $workers $master" | cksum | cut -d ' ' -f 1)
	key=$top/quiet-$key
	if [ ! -f "$key" ]; then
		# shellcheck disable=SC2046,SC2086
		$problem | sv-spawn -w "$workers" -x sv-worker |
		    sv-hub -q -- $master $(penalty 10) >"$top/reference.svf" || {
			echo "$name: not even a quiet run ends well" >&2
			finish 1
		}
		echo "$(objective "$top/reference.svf")" \
		    "$(sv-cat -f tsv -t trace "$top/reference.svf" | wc -l)" >"$key"
	fi
	read -r best n <"$key"
	rho=$(awk -v want="$rounds" -v n="$n" 'BEGIN { print 10 * want / n }')
}

# The pipeline, for a shell in $dir.  The proxy, if there is one, says where.
pipeline() {
	local how='-x sv-worker'
	case $launch in
	lambda) how='-l sv' ;;
	async) how='-l sv --async' ;;
	esac
	cat <<-END
		net=
		[ -z "\${SV_PROXY:-}" ] || net="-b tcp://\$SV_TARGET -a \$SV_PROXY"
		sv-gen -n $rows -d $features -p 0.1 2>gen.err |
		    sv-spawn -w $workers $how $spawn_options 2>spawn.err |
		    sv-hub \$net $hub_options -o run.svf -- \\
		    $master $(penalty "$rho") 2>hub.err >/dev/null
	END
}

# start: the run in the background, in a group of its own: $job.
start() {
	local words=()
	# shellcheck disable=SC2206
	{
		[ "$launch" = exec ] || words+=(sv-lambda -b 127.0.0.1:0
		    --log log -F "sv=$zip,memory=$memory,timeout=900"
		    $lambda_options --)
		[ -z "$proxy_options" ] || words+=(sv-proxy $proxy_options
		    '127.0.0.1:*' '127.0.0.1:*' --)
	}
	mkdir -p "$dir/tmp"
	pipeline >"$dir/pipeline"
	echo "${words[*]} sh pipeline" >"$dir/command"
	(
		cd "$dir" || exit 1
		export TMPDIR=$dir/tmp
		# shellcheck disable=SC2016
		setsid -w sh -c 'echo $$ >session; exec "$@"' - timeout -k 10 \
		    "$limit" "${words[@]}" sh pipeline >faults.out 2>faults.err
		echo $? >status
	) &
	job=$!
}

# harm_one SIGNAL: to a worker, any.
harm_one() {
	local victims p
	victims=$(of sv-worker; of bootstrap)
	# shellcheck disable=SC2086
	set -- "$1" $victims
	[ $# -ge 2 ] || return
	random 2 $#
	p=${!r}
	kill -s "$1" "$p" 2>/dev/null || return
	case $1 in
	KILL) kills=$((kills + 1)) ;;
	STOP)
		stops=$((stops + 1))
		# Longer than a silence is borne, or not so long.
		one_of 1 3 9
		(sleep "$r"; kill -s CONT "$p" 2>/dev/null) & ;;
	esac
}

memory_of_hub() {
	local p
	p=$(of sv-hub)
	[ -n "$p" ] || return
	sed -n "s/^VmRSS:[^0-9]*\([0-9]*\) kB/$1 \1/p" "/proc/$p/status" \
	    >>"$dir/rss" 2>/dev/null
}

# Do what is to be done while it runs.
harm() {
	local kill_at=$((SECONDS + kill_every)) stop_at=$((SECONDS + stop_every))
	local look_at=$SECONDS
	kills=0 stops=0
	while [ ! -e "$dir/status" ] && kill -0 "$job" 2>/dev/null; do
		sleep 0.1
		if [ "$kill_every" -gt 0 ] && [ $SECONDS -ge $kill_at ] &&
		    [ "$kills" -lt "$kill_most" ]; then
			kill_at=$((kill_at + kill_every))
			harm_one KILL
		fi
		if [ "$stop_every" -gt 0 ] && [ $SECONDS -ge $stop_at ] &&
		    [ "$stops" -lt "$stop_most" ]; then
			stop_at=$((stop_at + stop_every))
			harm_one STOP
		fi
		if [ -n "$watch_hub" ] && [ $SECONDS -ge $look_at ]; then
			look_at=$((SECONDS + 1))
			memory_of_hub $SECONDS
		fi
	done
	wait "$job" 2>/dev/null
}

# Nothing of it may be left after ten seconds.
nothing_left() {
	local end=$((SECONDS + 11))
	while [ -n "$(ours)" ]; do
		if [ $SECONDS -ge $end ]; then
			wrong "left after 10 s:" \
			    "$(ps -o comm= -p "$(ours | paste -sd ,)" | paste -sd ' ')"
			kill_all
			return
		fi
		sleep 0.1
	done
	[ -z "$(ls -A "$dir/tmp")" ] || wrong "left behind: $(ls "$dir/tmp")"
}

# readable: the run file is whole, and the tools read it.
readable() {
	local end
	if ! sv-cat -f tsv "$dir/run.svf" >"$dir/frames" 2>"$dir/cat.err"; then
		wrong "sv-cat: $(head -n 1 "$dir/cat.err")"
		return
	fi
	end=$(tail -n 1 "$dir/frames")
	case $end in
	end*'"status":0,'*) ;;
	*) wrong "its last frame is $(echo "$end" | cut -c 1-200)" ;;
	esac
	sv-stats -q -f json "$dir/run.svf" >"$dir/stats.json" \
	    2>"$dir/stats.err" || wrong "sv-stats: $(head -n 1 "$dir/stats.err")"
}

judge() {
	local status f
	status=$(cat "$dir/status" 2>/dev/null || echo none)
	why=
	case $status in
	0) ;;
	124 | 137) wrong "not over after $limit s" ;;
	*) wrong "status $status" ;;
	esac
	nothing_left
	if [ -s "$dir/run.svf" ]; then
		readable
		f=$(objective "$dir/run.svf")
		same "$f" "$best" || wrong "F is $f, and $best in quiet"
	else
		wrong "no run file"
	fi
	# Functions have an environment of their own, without tsan.supp.
	local said="$dir/log"
	[ -z "${TSAN_OPTIONS:-}" ] || said=/dev/null
	! grep -lE 'Sanitizer|runtime error|Assertion' "$dir"/*.err "$said" \
	    >"$dir/findings" 2>/dev/null || wrong "a fault of the program"
}

# How many events of this kind are in the run?
events() {
	grep -c "^event.*\"event\":\"$1\"" "$dir/frames" 2>/dev/null || true
}

# What was done, as "number what" a line: for the line, and for the summary.
faults() {
	local kind
	[ "$kills" -eq 0 ] || echo "$kills killed by hand"
	[ "$stops" -eq 0 ] || echo "$stops stopped by hand"
	for kind in lost handover cut back taken refused; do
		echo "$(events $kind) event: $kind"
	done
	sed -n 's/.*sv-proxy: [^;]*; \([^;]*\);.*/\1/p' "$dir/faults.err" |
	    sed 's/ of them by reset/ resets/; s/, /\n/g' |
	    sed 's/ /&proxy: /'
	sed -n 's/.*sv-lambda: faults: \([0-9]\)/\1/p' "$dir/faults.err" |
	    sed 's/, /\n/g' | sed 's/ /&lambda: /'
}

# run TITLE: one run, looked at by judge_more, too, where there is one; a line, and
# one more to repeat it if it is bad.
run() {
	local title=$* began=$SECONDS survived made
	dir=$top/run
	rm -rf "$dir"
	mkdir "$dir"
	reference
	start
	harm
	judge
	! command -v judge_more >/dev/null || judge_more
	faults | awk '$1 > 0' >"$dir/faults"
	made=$(grep -c ^trace "$dir/frames" 2>/dev/null)
	why=${why#; }
	survived=$(awk '{ n = $1; $1 = ""; printf "%s%s%s", s, n, $0; s = ", " }' \
	    "$dir/faults")
	echo "$title: $((SECONDS - began)) s, ${made:-0} rounds; ${survived:-nothing}:" \
	    "${why:-ok}"
	if [ -z "$why" ]; then
		good=$((good + 1))
		cat "$dir/faults" >>"$top/done"
		return
	fi
	bad=$((bad + 1))
	mv "$dir" "$top/bad-$bad"
	dir=$top/bad-$bad
	for f in spawn hub faults; do
		tail -n 3 "$dir/$f.err" 2>/dev/null | sed 's/^/    /'
	done
	echo "    to repeat: $again"
	echo "    its files: $dir"
}

# What good runs have survived, in all.
total() {
	awk '{ n = $1; $1 = ""; sum[$0] += n }
	END { for (what in sum) printf "  %8d%s\n", sum[what], what }' \
	    "$top/done" | sort -k 2
}

summary() {
	echo "$((good + bad)) runs: $good good, $bad bad; survived in the good ones:"
	total
	if [ "$bad" -gt 0 ]; then
		echo "what the bad ones left is in $top"
	else
		rm -rf "$top"
	fi
	[ "$bad" -eq 0 ] && [ "$good" -gt 0 ]
}

# finish STATUS: in the middle of it.
finish() {
	trap '' INT TERM HUP
	kill_all
	wait 2>/dev/null
	rm -rf "$top/run"
	summary
	exit "$1"
}
