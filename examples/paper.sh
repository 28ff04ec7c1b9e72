#!/bin/sh
# The paper's experiment:	sh examples/paper.sh [--quick] [-d DIR] [option ...]
#
# Aytekin and Johansson (2019) solve one problem with more and more functions of
# AWS Lambda, and look at how long it takes and what the functions do all the
# time.  This does it on sv-lambda, the Lambda of this machine, with functions of
# 128 MB, which have 7.2 % of a CPU each: the paper's method with local solvers
# that make at least 50 iterations (uniform load) or 1 (nonuniform load), then
# the default method, and that once more with as many rows as four such functions
# can hold, 16/3 times as many.  Each several times; a page with all figures and
# tables is made at the end.  Ctrl-C ends it in good order, and the same command
# goes on.
#
# Where the tools are not there yet the quick start builds them first.  The runs
# are kept in DIR (paper-runs; with --quick paper-quick).  With -l the functions
# are on AWS, or wherever --endpoint-url says: -h tells about that.

set -u
again="sh $0"
for word in "$@"; do
	case $word in
	*[!A-Za-z0-9_./:-]*) again="$again '$word'" ;;
	*) again="$again $word" ;;
	esac
done
usage="usage: sh examples/paper.sh [--quick] [-d DIR] [-w 'W ...'] [option ...]"

help() {
	cat <<-END
	$usage
	  -d, --dir DIR          where runs and report are kept; what is there
	                         already is not done again
	  -w, --workers 'W ...'  numbers of workers ('4 8 16')
	  -L, --loads 'LOAD ...' of uniform, nonuniform, default, larger; all
	                         if not given
	  -r, --repeat N         runs of each (3; with --quick 1)
	  -n, --rows N           rows (600000, as in the paper; with --quick 100000)
	  -m, --memory MB        of the functions on sv-lambda (128)
	  -z, --zip FILE         the function for sv-lambda, if not that of make layer
	      --quick            a smaller problem, once: less than 3 minutes
	      --dry-run          only say what would be run, and about how long
	      --force            even if the functions take more cores than
	                         there are
	      --no-limits        functions get all the CPU they want: not the
	                         paper's experiment, but it runs anywhere
	  -l, --lambda FUNCTION  a function of AWS Lambda; with these, as of
	                         sv-spawn(1) and sv-hub(1):
	      --endpoint-url URL, --region REGION
	      --bind ADDRESS, --advertise ADDRESS, --insecure
	  -h, --help             this
	END
}

fail() {
	echo "paper.sh: $*" >&2
	exit 1
}

# wrong WHY...: the command line makes no sense.
wrong() {
	[ $# -eq 0 ] || echo "paper.sh: $*" >&2
	echo "$usage" >&2
	exit 2
}

# numbers VALUE: is it one or more numbers from 1 on, with blanks between?
numbers() {
	case $1 in
	'' | *[!0-9\ ]*) return 1 ;;
	esac
	for one in $1; do
		case $one in
		0* | ??????????*) return 1 ;;
		esac
	done
	[ -n "${one:-}" ]
}

number() {
	case $1 in
	*\ *) return 1 ;;
	esac
	numbers "$1"
}

dir='' workers='4 8 16' loads='uniform nonuniform default larger' repeat='' rows=''
memory=128 zip='' quick='' dry='' force='' unlimited='' function='' endpoint=''
region='' bind='' advertise='' insecure=''
while [ $# -gt 0 ]; do
	option=$1
	shift
	case $option in
	--quick) quick=1 ;;
	--dry-run) dry=1 ;;
	--force) force=1 ;;
	--no-limits) unlimited=1 ;;
	--insecure) insecure=1 ;;
	-h | --help)
		help
		exit 0 ;;
	-d | --dir | -w | --workers | -L | --loads | -r | --repeat | -n | \
	    --rows | -m | --memory | -z | --zip | -l | --lambda | --endpoint-url | \
	    --region | --bind | --advertise)
		[ -n "${1:-}" ] || wrong "$option wants a value"
		case $option in
		-d | --dir) dir=$1 ;;
		-w | --workers) workers=$1 ;;
		-L | --loads) loads=$1 ;;
		-r | --repeat) repeat=$1 ;;
		-n | --rows) rows=$1 ;;
		-m | --memory) memory=$1 ;;
		-z | --zip) zip=$1 ;;
		-l | --lambda) function=$1 ;;
		--endpoint-url) endpoint=$1 ;;
		--region) region=$1 ;;
		--bind) bind=$1 ;;
		--advertise) advertise=$1 ;;
		esac
		shift ;;
	*) wrong "$option: what is that?" ;;
	esac
done
if [ -n "$quick" ]; then
	: "${dir:=paper-quick}" "${repeat:=1}" "${rows:=100000}"
else
	: "${dir:=paper-runs}" "${repeat:=3}" "${rows:=600000}"
fi
numbers "$workers" || wrong "-w $workers: expected numbers of workers"
number "$repeat" || wrong "-r $repeat: expected a number"
number "$rows" || wrong "-n $rows: expected a number"
{ number "$memory" && [ "$memory" -ge 128 ] && [ "$memory" -le 10240 ]; } ||
	wrong "-m $memory: expected megabytes, from 128 to 10240"
for load in $loads; do
	case $load in
	uniform | nonuniform | default | larger) ;;
	*) wrong "-L $load: expected uniform, nonuniform, default or larger" ;;
	esac
done
[ -n "$function" ] || [ -z "$endpoint$region$bind$advertise$insecure" ] ||
	wrong "--endpoint-url, --region, --bind, --advertise and --insecure" \
	    "are for -l"
case $zip in
*,*) wrong "-z $zip: expected a name without commas" ;;
esac
case $dir in
/*) ;;
*) dir=${PWD%/}/$dir ;;
esac
if [ -z "$dry" ] && ! command -v sv-hub >/dev/null &&
    [ ! -x "${SV_BUILD:-$(dirname "$0")/../build}/tools/sv-hub" ]; then
	echo "The tools are not there yet; the quick start builds them."
	sh "$(dirname "$0")/quickstart.sh" --small || exit 1
fi
. "$(dirname "$0")/common.sh"
cores=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN) || exit 1

# What is solved, and how.
recipe() {
	case $1 in
	larger) echo "-n $((rows * 16 / 3)) -d 10000 -p 0.001 --f32 -s 1" ;;
	*) echo "-n $rows -d 10000 -p 0.001 -s 1" ;;
	esac
}

method() {
	case $1 in
	uniform) echo "--l1 1 --preset paper --stop abs --kmin 50" ;;
	nonuniform) echo "--l1 1 --preset paper --stop abs --kmin 1" ;;
	*) echo "--l1 1" ;;
	esac
}

title() {
	case $1 in
	uniform) echo "uniform load" ;;
	nonuniform) echo "nonuniform load" ;;
	default) echo "default method" ;;
	larger) echo "default, 5.3 x rows" ;;
	esac
}

# Where the functions are.
where() {
	if [ -n "$function" ]; then
		echo "function $function${endpoint:+ at $endpoint}${region:+ in $region}"
	else
		echo "functions of $memory MB on sv-lambda${unlimited:+ without limits}"
	fi
}

# What runs must have in common to be compared.
settings() {
	sv-hub -V
	where
	[ -n "$function" ] || echo "$cores cores,$(
	    sed -n 's/^model name[^:]*://p' /proc/cpuinfo 2>/dev/null |
	    sed 1q)"
	for load in uniform nonuniform default larger; do
		echo "$load: sv-gen $(recipe $load) | sv-admm $(method $load)"
	done
}

# plan: a line a run, in the order in which they are made: name, load, W, and
# the seconds that it may take.  These come from runs of 600,000 rows: core
# seconds, which are shared, and those that each worker takes.
plan() {
	i=1
	while [ "$i" -le "$repeat" ]; do
		for load in $loads; do
			for w in $workers; do
				echo "$load-$w-$i $load $w"
			done
		done
		i=$((i + 1))
	done | awk -v rows="$rows" -v memory="$memory" -v cores="$cores" \
	    -v unlimited="$unlimited" '
		BEGIN {
			shared["uniform"] = 30; each["uniform"] = 0.15
			shared["nonuniform"] = 6; each["nonuniform"] = 0.05
			shared["default"] = 0.7; each["default"] = 0.02
			shared["larger"] = 2.2; each["larger"] = 0.02
		}
		{
			core = unlimited ? cores / $3 : memory / 1769
			if (core > 1)
				core = 1
			s = shared[$2] * rows / 600000 / $3 + each[$2]
			print $0, 1 + s / core
		}'
}

# How long it takes, in words, until all is there, in the light of what is.
left() {
	{
		[ ! -f "$dir/times" ] || cat "$dir/times"
		while read -r one rest; do
			there=0
			[ ! -f "$dir/$one.svf" ] || there=1
			echo "$one $rest $there"
		done <"$work/plan"
	} | awk '
		NF == 2 {
			took[$1] = $2
		}
		NF > 2 && !$5 {
			s += $4
		}
		NF > 2 && $5 && $1 in took {
			real += took[$1]
			guess += $4
		}
		END {
			if (guess > 0)
				s *= real / guess
			if (s == 0)
				print "all done"
			else if (s < 90)
				printf "about %d s to go\n", 5 * int(s / 5 + 1)
			else
				printf "about %d min to go\n", s / 60 + 0.5
		}'
}

# What that would cost on AWS, if all of it were to be done.
price() {
	while read -r one load w seconds; do
		# shellcheck disable=SC2046
		sv-gen $(recipe "$load") | sv-spawn --dry-run -w "$w" \
		    --memory "$memory" --arch x86_64 --seconds "$seconds" \
		    -f json -u http://127.0.0.1/
	done <"$work/plan" | awk -F '[ ,]+' '
		$2 == "\"estimate_usd\":" {
			usd += $3
		}
		END {
			printf "on AWS all of it costs about $%.2g\n", usd
		}'
}

# Refuse what the machine cannot be.
fits() {
	most=0
	for w in $workers; do
		[ "$w" -le "$most" ] || most=$w
	done
	[ "$most" -le "$rows" ] || wrong "-w $most: more workers than rows"
	[ -z "$function$unlimited" ] || return 0
	awk -v n="$most" -v m="$memory" -v c="$cores" '
		BEGIN {
			printf "%d functions of %d MB take %.1f cores, ",
			    n, m, n * m / 1769
			print "and this machine has " c
			exit n * m / 1769 > c
		}' >"$work/sum" && return 0
	if [ -z "$force" ]; then
		fail "$(cat "$work/sum"): see -w and -m, or use --force"
	fi
	echo "$(cat "$work/sum"): do not trust the times"
}

# Can sv-lambda give a function no more than its share of a CPU?
limits() {
	[ -z "$function$unlimited" ] || return 0
	sv-lambda -b 127.0.0.1:0 -F "sv=$zip,memory=$memory" -- true \
	    2>"$work/limits" || fail "$(cat "$work/limits")"
	case $(cat "$work/limits") in
	*"no cgroup can be made"*CPU*)
		fail "$(sed -n 's/.*\(no cgroup\)/\1/p' "$work/limits"): be" \
		    "root, or go on without with --no-limits" ;;
	esac
}

# alive PID: is there such a process, not only its remains?
alive() {
	kill -0 "$1" 2>/dev/null &&
	    ! grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

# Take the directory, and hold it until the end.
take() {
	mkdir -p "$dir" || exit 1
	if [ -f "$dir/running" ]; then
		while read -r one; do
			! alive "$one" || fail "$dir is in use by process $one"
		done <"$dir/running"
	fi
	settings >"$work/settings" || exit 1
	if [ -f "$dir/settings" ] &&
	    ! diff "$dir/settings" "$work/settings" >"$work/diff"; then
		fail "$dir has runs of other settings (< there, > now):
$(grep '^[<>]' "$work/diff")
Take another directory with -d, or remove that one."
	fi
	trap 'rm -f "$dir/running"; finish' EXIT
	echo $$ >"$dir/running" && cp "$work/settings" "$dir/settings" ||
		exit 1
	rm -f "$dir"/*.part "$dir"/*.log
}

# stop STATUS: a signal came; let the run under way end in good order.
stop() {
	trap '' HUP INT TERM
	if [ -n "$job" ]; then
		kill -TERM -- "-$job" 2>/dev/null
		wait "$job"
	fi
	rm -f "$dir"/*.part
	[ ! -f "$dir/$name.log" ] || rm "$dir/$name.log"
	printf '\nStopped.  What has been run is kept; to go on:\n    %s\n' \
	    "$again"
	exit "$1"
}

# The job, as it is run beside sv-lambda, or by itself.
# shellcheck disable=SC2016
pipeline='
sv-gen $1 |
sv-spawn -q -w "$2" -l "$3" ${6:+--endpoint-url "$6"} ${7:+--region "$7"} \
    ${10:+--insecure} |
sv-hub -q -o "$4" ${8:+-b "$8"} ${9:+-a "$9"} ${10:+--insecure} -- \
    sv-admm -q $5 >/dev/null'

# A session for a command: it is ended when nobody holds the other end of
# descriptor 3 any more, that is with this script, whatever that dies of.
# shellcheck disable=SC2016
session='
(read -r line; kill -TERM 0) <&3 &
trap : TERM
"$@" 3<&-
status=$?
kill -KILL $! 2>/dev/null
exit "$status"'

# run NAME LOAD W: leave the run in $dir/NAME.svf.
run() {
	part=$dir/$1.part
	set -- "$1" sh -c "$pipeline" paper "$(recipe "$2")" "$3" \
	    "${function:-sv}" "$part" "$(method "$2")" "$endpoint" "$region" \
	    "$bind" "$advertise" "$insecure"
	name=$1
	shift
	[ -n "$function" ] || set -- sv-lambda -q -b 127.0.0.1:0 \
	    ${unlimited:+--no-limits} \
	    -F "sv=$zip,memory=$memory,timeout=900" -- "$@"
	# In a session of its own all of it can be ended at once.
	setsid sh -c "$session" session "$@" 3<&5 4>&- 5<&- </dev/null \
	    >"$dir/$name.log" 2>&1 &
	job=$!
	echo "$job" >>"$dir/running"
	wait "$job"
	status=$?
	job=''
	echo $$ >"$dir/running"
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || return 1
	sv-stats -q -f tsv --section summary -o "$work/summary" "$part" \
	    2>>"$dir/$name.log"
	status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || return 1
	rm "$dir/$name.log" && mv "$part" "$dir/$name.svf"
}

# The summary of the last run, in a line.
told() {
	awk -F '\t' '
		NR == 1 {
			for (i = 1; i <= NF; i++)
				at[$i] = i
		}
		NR == 2 {
			printf "%.2f s, %d rounds, %s", $at["wall_s"],
			    $at["rounds"], $at["status"]
		}' "$work/summary"
}

runs() {
	n=$(wc -l <"$work/plan")
	k=0
	# The end that this script alone holds, and the one that jobs get.
	mkfifo "$work/life" || exit 1
	exec 4<>"$work/life"
	exec 5<"$work/life"
	job='' name=''
	trap 'stop 129' HUP
	trap 'stop 130' INT
	trap 'stop 143' TERM
	while read -r name load w seconds <&3; do
		k=$((k + 1))
		[ ! -f "$dir/$name.svf" ] || continue
		printf '%3d/%d  %-10s W = %-3d ' "$k" "$n" "$load" "$w"
		began=$(date +%s)
		if ! run "$name" "$load" "$w"; then
			echo "failed"
			sed 's/^/    /' "$dir/$name.log"
			rm -f "$part"
			fail "$name failed: $dir/$name.log; the same command" \
			    "tries it again"
		fi
		echo "$name $(($(date +%s) - began))" >>"$dir/times"
		echo "$(told); $(left)"
	done 3<"$work/plan"
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
}

report() {
	set --
	for load in $loads; do
		[ $# -eq 0 ] || set -- "$@" --against
		set -- "$@" --label "$(title "$load")" "$dir/$load"-*-*.svf
	done
	sv-stats -q --section comparison --html "$dir/report.html" --title \
	    "Aytekin and Johansson's experiment: $(where), $rows rows" "$@"
	[ $? -ne 1 ] || exit 1
	printf '\nAll figures and tables: %s\n' "$dir/report.html"
}

# Is it idle?  Others are seen in the times.
idle() {
	read -r one rest 2>/dev/null </proc/loadavg || return 0
	[ -n "$function" ] || awk -v load="$one" -v cores="$cores" '
		BEGIN {
			if (load > cores / 2)
				printf "Others use this machine, too (load " \
				    "%s): do not trust the times\n", load
		}'
}

fits
plan >"$work/plan" || exit 1
if [ -n "$dry" ]; then
	settings
	echo "runs, in $dir:"
	while read -r name load w seconds; do
		there=''
		[ ! -f "$dir/$name.svf" ] || there=', there already'
		printf '  %-18s %5.0f s%s\n' "$name" "$seconds" "$there"
	done <"$work/plan"
	left
	price
	exit 0
fi
command -v gnuplot >/dev/null ||
	fail "the report is drawn by gnuplot: apt-get install gnuplot-nox"
[ -n "$function$zip" ] || layer || exit 1
limits
take
idle
echo "$(wc -l <"$work/plan") runs with $(where), in $dir; $(left)"
runs
echo
report
