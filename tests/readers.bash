# shellcheck shell=bash
# For tests of what sv-shard reads.

# rows ARGUMENTS...: the rows that sv-shard reads, in order.
rows() {
	rm -rf rows
	sv-shard -w 1 -o rows "$@" | sv-cat -f libsvm
}

# refused MESSAGE ARGUMENTS...: sv-shard says so, and leaves nothing.
refused() {
	local want=$1
	shift
	run --separate-stderr sv-shard -w 1 -o out "$@"
	# What run sets.
	# shellcheck disable=SC2154
	echo "sv-shard $*: $status: $stderr"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "sv-shard: $want" ]
	[ ! -e out ]
}
