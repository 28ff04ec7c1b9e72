# shellcheck shell=bash
# For tests against servers on this machine: each is put in the background, and
# stopped when the test is over.

servers=()

# server COMMAND...: start it with the name of a file behind it, to which it
# writes its port, which becomes $port.
server() {
	rm -f port
	"$@" port >server.log 2>&1 3>&- &
	servers+=($!)
	for _ in $(seq 300); do
		[ ! -e port ] || break
		kill -0 "${servers[-1]}" 2>/dev/null || break
		sleep 0.05
	done
	cat server.log
	port=$(cat port)
}

# s3server DIR BUCKET...: s3rver with these buckets, and the environment of who
# asks it.
s3server() {
	npm_packages s3rver@3.7.1
	server node "$SV_SRCDIR/tests/s3rver.js" "$@"
	export AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER
	export AWS_ENDPOINT_URL_S3=http://127.0.0.1:$port
	export AWS_REGION=eu-west-1
	unset AWS_SESSION_TOKEN AWS_PROFILE
}

servers_stop() {
	local p
	for p in "${servers[@]}"; do
		kill "$p" 2>/dev/null || true
		wait "$p" 2>/dev/null || true
	done
	servers=()
}
