#!/bin/sh
# tap.sh COMMAND...: run a test for Automake's TAP driver, and mend three
# things on the way.
#
#  - cmocka prints a skipped test as "not ok N # SKIP", a failure to the driver.
#  - The driver counts an exit status other than 0 as one more failure, though
#    the "not ok" lines have said it all.  Statuses from 99 on (sanitizers,
#    signals, time out) stay.
#  - A test that hangs is ended.

{
	timeout --foreground -k 10 "${SV_TEST_TIMEOUT:-900}" "$@" 2>&1
	printf '\ntap-status %d\n' $?
} | awk '
/^tap-status [0-9]+$/ { status = $2; next }
/^not ok [0-9]+ # SKIP/ { sub(/^not /, "") }
/^not ok/ { failed = 1 }
{ print; fflush() }
END { exit (failed && status < 99 ? 0 : status) }'
