# What takes the space of a static program: bytes of the file by library, from
# the linker's map (ld -Map).  A section's name may stand on a line of its own.

function hex(s,    i, n) {
	s = tolower(substr(s, 3))
	for (i = 1; i <= length(s); i++)
		n = 16 * n + index("0123456789abcdef", substr(s, i, 1)) - 1
	return n
}

/^Linker script and memory map/ { on = 1 }
!on { next }
# An output section: those that are not loaded have no address.
/^\.[a-zA-Z_]/ { bss = /^\.t?bss/; loaded = !/^\.(comment|debug|note)/ }
{
	name = file
	if (NF >= 4 && $1 ~ /^\./ && $2 ~ /^0x/ && $3 ~ /^0x/) {
		address = $2; size = $3; file = $4
	} else if (NF >= 3 && $1 ~ /^0x/ && $2 ~ /^0x/ && $3 ~ /\.(o|a)/) {
		address = $1; size = $2; file = $3
	} else
		next
	if (bss || !loaded || hex(address) == 0 || $0 ~ /^\/DISCARD/)
		next
	lib = file
	sub(/\([^)]*\)$/, "", lib)
	sub(/.*\//, "", lib)
	if (lib !~ /\.a$/)
		lib = "the worker itself"
	else if (lib == "libsv.a")
		lib = "the worker itself"
	bytes[lib] += hex(size)
	all += hex(size)
}
END {
	for (lib in bytes)
		printf "%11d  %4.1f %%  %s\n", bytes[lib],
		    100 * bytes[lib] / all, lib | "sort -rn"
	close("sort -rn")
}
