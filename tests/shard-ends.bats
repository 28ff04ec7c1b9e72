# sv-shard: how it ends when files cannot be written, and what it takes.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	umask 022
}

teardown() {
	! mountpoint -q "$BATS_TEST_TMPDIR/small" ||
	    umount "$BATS_TEST_TMPDIR/small"
	[ -z "${open-}" ] || rm -rf "$open"
}

# text MB: so much LIBSVM text.
text() {
	awk -v n=$(($1 * 4000)) 'BEGIN {
		srand(1)
		for (i = 0; i < n; i++) {
			s = rand() < 0.3 ? "+1" : "-1"
			for (j = 1; j < 200; j += 1 + int(rand() * 18))
				s = s " " j ":" int(rand() * 1e6) / 1e4
			print s
		}
	}'
}

# leaves NOTHING-BUT...: what is in the directory small.
leaves() {
	find small -mindepth 1 | sort >left
	printf '%s\n' "$@" | sed '/^$/d' | cmp - left
}

@test "a file that may not grow: an error, and nothing is left" {
	text 1 >text
	for how in "-w 1" "-w 7" "-w 2 --scale standard" "-w 2 --zstd" \
	    "-w 2 --holdout 0.5"; do
		run --separate-stderr sh -c "ulimit -f 64; sv-shard $how -o out text"
		echo "$how: $status: $stderr"
		[ "$status" -eq 1 ]
		[ -z "$output" ]
		[[ $stderr == "sv-shard: $PWD/out/."*": File too large" ]]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[ ! -e out ]
	done
	# What there was before stays.
	head -n 20 text | sv-shard -w 2 -o out >p
	sv-cat -f libsvm p >rows
	run sh -c "ulimit -f 64; sv-shard -w 2 -o out text"
	[ "$status" -eq 1 ]
	sv-cat -f libsvm p | cmp - rows
	[ "$(find out -type f | wc -l)" -eq 2 ]
}

@test "a disk that is full: an error, and nothing is left" {
	[ "$(id -u)" -eq 0 ] || skip "only root can mount a small disk"
	mkdir small
	mount -t tmpfs -o size=256k tmpfs small 2>/dev/null ||
	    skip "cannot mount a small disk"
	text 1 >text
	for how in "-w 1" "-w 50" "-w 2 --scale maxabs" "-w 2 --zstd" \
	    "-w 2 --holdout 0.5"; do
		for dir in small small/new; do
			run --separate-stderr sh -c \
			    "sv-shard $how -o $dir text >p"
			echo "$how: $status: $stderr"
			[ "$status" -eq 1 ]
			[ ! -s p ]
			[[ $stderr == "sv-shard: $PWD/$dir/."*": No space left on device" ]]
			[ "${#stderr_lines[@]}" -eq 1 ]
			leaves ''
		done
	done
	# Nothing but the last step is too large here.
	head -n 600 text >part
	sv-shard -w 1 -o small part >p
	leaves small/shard-00000.svs
	sv-cat -f libsvm p | wc -l | grep -qx 600
}

@test "a directory that cannot be written is named" {
	# Whoever it is must get there.
	open=$(mktemp -d)
	cd "$open"
	printf '1 1:1\n' >text
	mkdir locked
	chmod 555 locked "$open"
	as=
	if [ "$(id -u)" -eq 0 ]; then
		command -v setpriv >/dev/null ||
		    skip "root can write everywhere, and there is no setpriv"
		as="setpriv --reuid=65534 --regid=65534 --clear-groups"
		$as sv-shard --version || skip "nobody else can run sv-shard here"
	fi
	# shellcheck disable=SC2086
	run --separate-stderr $as sv-shard -w 1 -o locked text
	echo "$stderr"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ $stderr == "sv-shard: $open/locked/."*": Permission denied" ]]
	[ -z "$(ls -A locked)" ]
	# shellcheck disable=SC2086
	run --separate-stderr $as sv-shard -w 1 -o locked/new text
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-shard: locked/new: Permission denied" ]
}

@test "where a name cannot be had, what an earlier cut left there stays" {
	text 1 >text
	sv-shard -w 3 -o out text >p
	echo old >out/holdout.svm
	cksum out/shard-0000[12].svs out/holdout.svm >want
	rm out/shard-00000.svs
	mkdir out/shard-00000.svs
	run --separate-stderr sv-shard -w 3 -o out --holdout 0.1 text
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "sv-shard: $PWD/out/shard-00000.svs: Is a directory" ]
	cksum out/shard-0000[12].svs out/holdout.svm | cmp - want
	[ "$(find out -mindepth 1 | wc -l)" -eq 4 ]
	# What has been replaced cannot be brought back; the rest stays.
	rmdir out/shard-00000.svs
	mv out/shard-00001.svs one
	mkdir out/shard-00001.svs
	run sv-shard -w 3 -o out text
	[ "$status" -eq 1 ]
	rmdir out/shard-00001.svs
	mv one out/shard-00001.svs
	cksum out/shard-0000[12].svs out/holdout.svm | cmp - want
	[ ! -e out/shard-00000.svs ]
}

# endless: rows until nobody reads them any more.
endless() {
	yes -- '-1 1:0.25 2:0.5 3:0.75'
}

@test "a signal while rows come leaves nothing, with all that can be open" {
	for sig in INT TERM HUP; do
		endless | env --default-signal=INT,PIPE sv-shard -w 3 -o out \
		    --scale standard --holdout 0.5 >p &
		for _ in $(seq 200); do
			n=$(find out -name '.*.[0-9]*' 2>/dev/null | wc -l)
			[ "$n" -ne 4 ] || break
			sleep 0.05
		done
		[ "$n" -eq 4 ]
		kill -$sig $!
		status=0
		wait $! || status=$?
		echo "$sig: $status"
		[ "$status" -eq $((128 + $(kill -l $sig))) ]
		[ ! -e out ]
		[ ! -s p ]
	done
}

@test "memory stays small, whatever comes" {
	[ -z "$SV_SANITIZED" ] || skip "sanitizers take memory of their own"
	cat >run.py <<-'END'
	import resource, subprocess, sys
	most, args = int(sys.argv[1]), sys.argv[2:]
	code = subprocess.call(args, stdin=sys.stdin)
	peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
	print("%d kB: %s" % (peak, " ".join(args)), file=sys.stderr)
	sys.exit(code or peak > most)
	END
	text 4 >block
	n=$((300000000 / $(stat -c %s block) + 1))
	stream() {
		for _ in $(seq $n); do
			cat block
		done
	}
	stream | /usr/bin/python3 run.py 64000 sv-shard -w 1000 -o s >p
	sv-cat -t problem p | jq -e ".text.n == $n * 16000"
	n=$((n / 4))
	stream | /usr/bin/python3 run.py 64000 sv-shard -w 1000 -o s \
	    --scale standard --zstd --holdout 0.5 >p
	sv-shard --info -f json s/shard-* | jq -e 'length == 1000 and
	    all(.checked == "good")'
}

@test "progress is for a terminal, on one line, which goes" {
	text 1 >text
	cat >show.py <<-'END'
	import os, pty, re, sys, time
	# The command has a terminal for stderr only, and gets text slowly.
	main, side = pty.openpty()
	r, w = os.pipe()
	pid = os.fork()
	if pid == 0:
	    os.dup2(r, 0)
	    os.dup2(os.open("out.p", os.O_WRONLY | os.O_CREAT, 0o666), 1)
	    os.dup2(side, 2)
	    os.closerange(3, 99)
	    os.execvp(sys.argv[2], sys.argv[2:])
	os.close(r)
	os.close(side)
	seen = b""
	text = open("text", "rb").read()
	os.set_blocking(main, False)
	for k in range(int(sys.argv[1])):
	    os.write(w, text[:400000][:text.rindex(b"\n", 0, 400000) + 1])
	    time.sleep(0.3)
	    try:
	        seen += os.read(main, 65536)
	    except OSError:
	        pass
	os.close(w)
	status = os.waitpid(pid, 0)[1]
	try:
	    while chunk := os.read(main, 65536):
	        seen += chunk
	except OSError:
	    pass
	sys.stdout.buffer.write(seen)
	sys.exit(status != 0)
	END
	/usr/bin/python3 show.py 4 sv-shard -w 2 -o s >seen
	cat -v seen
	tr '\r' '\n' <seen | sed 's/\x1b\[K//g; /^$/d' >lines
	[ "$(wc -l <lines)" -ge 2 ]
	run ! grep -vE '^standard input: [0-9.]+ [kM]B, [0-9.]+ [kM]B/s, [0-9,]+ rows/s$' lines
	awk 'length($0) >= 80 { exit 1 }' lines
	run ! grep -q '^$' seen
	# The last thing is an empty line.
	[ "$(tail -c 5 seen | od -An -c | tr -d ' ')" = '\r033[K\r' ]
	/usr/bin/python3 show.py 2 sv-shard -q -w 2 -o s >seen
	[ ! -s seen ]
	run --separate-stderr sh -c 'sv-shard -w 2 -o s text >p'
	[ -z "$stderr" ]
}
