# shellcheck shell=bash
# For tests against programs from the npm registry.

# npm_packages NAME@VERSION...: have them installed, in a cache that is kept for
# the next time, and let node find them; skip the test where that cannot be.
npm_packages() {
	local cache
	command -v npm >/dev/null && command -v node >/dev/null ||
	    skip "npm is not installed"
	cache=${SV_NPM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sv-tests}
	cache=$cache/$(echo "$*" | tr -c 'a-zA-Z0-9.\n' _)
	mkdir -p "$cache" 2>/dev/null || skip "no directory for npm packages"
	# Two tests may want the same at once.
	(
		flock 9
		[ -f "$cache/done" ] && exit 0
		cd "$cache" && timeout 120 npm install --no-audit --no-fund \
		    --ignore-scripts --prefix "$cache" "$@" >npm.log 2>&1 &&
		    touch "$cache/done"
	) 9>"$cache/lock" || skip "the npm registry cannot be reached"
	export NODE_PATH=$cache/node_modules
}
