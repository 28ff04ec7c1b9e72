# shellcheck shell=bash
# For tests of hosted data: servers that live as long as a file of tests.

# serve NAME COMMAND...: begin COMMAND with the file for its port as the last
# argument; $port_NAME is the port.
serve() {
	local name=$1
	shift
	"$@" "$BATS_FILE_TMPDIR/$name.port" >"$BATS_FILE_TMPDIR/$name.out" 2>&1 \
	    3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/servers"
}

# port NAME: wait for it.
port() {
	local end=$((SECONDS + 30))
	until [ -s "$BATS_FILE_TMPDIR/$1.port" ]; do
		[ "$SECONDS" -lt "$end" ] || {
			cat "$BATS_FILE_TMPDIR/$1.out"
			return 1
		}
		sleep 0.05
	done
	cat "$BATS_FILE_TMPDIR/$1.port"
}

serve_end() {
	local p
	while read -r p; do
		kill "$p" 2>/dev/null || true
	done <"$BATS_FILE_TMPDIR/servers"
}

# certificate NAME: a private authority, NAME-ca.pem, and a server's certificate
# of it with its key, NAME.pem, for 127.0.0.1 and localhost.
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 2 -subj "/CN=$1 authority" -keyout "$1-ca.key" \
	    -out "$1-ca.pem" 2>ssl.out
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>>ssl.out
	printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\n' >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA "$1-ca.pem" -CAkey "$1-ca.key" \
	    -CAcreateserial -days 2 -extfile "$1.ext" -out "$1.crt" 2>>ssl.out
	cat "$1.crt" "$1.key" >"$1.pem"
}

# rehost BASE [MEMBERS] <PROBLEM
rehost() {
	/usr/bin/python3 "$SV_SRCDIR/tests/rehost.py" "$@"
}
