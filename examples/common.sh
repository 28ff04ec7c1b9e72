# shellcheck shell=sh
# Sourced by the examples: finds the tools and makes a directory to work in.

here=$(cd "$(dirname "$0")" && pwd)
if ! command -v sv-hub >/dev/null; then
	PATH=${SV_BUILD:-$here/../build}/tools:$PATH
	export PATH
fi
if ! command -v sv-hub >/dev/null; then
	echo "The tools are not there yet: sh $here/quickstart.sh builds them" >&2
	exit 1
fi

work=''
finish() {
	[ -n "$work" ] || return
	if [ -n "${SV_KEEP:-}" ]; then
		echo "The files are in $work"
	else
		rm -rf "$work"
	fi
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
work=$(mktemp -d) || exit 1

# The title of a step, and a command as it is about to be run.
step() {
	printf '\n== %s\n' "$1"
	[ $# -lt 2 ] || printf '%s\n\n' "$2"
}

# small ARGUMENT...: is the first one --small?
small() {
	[ "${1:-}" = --small ]
}

# layer: set $zip to the worker's package for AWS Lambda: what make layer has made
# of this very worker, or else one for this machine alone.
layer() {
	tools=$(cd "$(dirname "$(command -v sv-hub)")" && pwd)
	zip=$tools/../lambda-layer/function.zip
	[ -f "$tools/bootstrap" ] || {
		echo "There is no bootstrap beside sv-hub: build the sources" >&2
		return 1
	}
	if [ ! -f "$zip" ] ||
	    [ -n "$(find "$tools/bootstrap" -newer "$zip")" ]; then
		zip=$work/function.zip
		sv-pack -q --glibc 99.0 -o "$zip" "$tools/bootstrap" \
		    >"$work/pack.out"
	fi
}
