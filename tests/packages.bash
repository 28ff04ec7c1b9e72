# shellcheck shell=bash
# For tests of what is packed.

# unpack ZIP DIR: with the modes that the entries have.
unpack() {
	/usr/bin/python3 -c 'import os, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
for i in z.infolist():
	os.chmod(z.extract(i, sys.argv[2]), i.external_attr >> 16 & 0o7777)' \
	    "$1" "$2"
}
