"""pace.py SECONDS: pass frames on, GLOBALs one in SECONDS."""
import os
import struct
import sys
import time

HEADER, TYPE, LENGTH, GLOBAL = 80, 5, 48, 4


def read(n):
    data = b''
    while len(data) < n:
        more = os.read(0, n - len(data))
        if not more:
            sys.exit(0)
        data += more
    return data


def main():
    wait = float(sys.argv[1])
    while True:
        header = read(HEADER)
        payload = read(struct.unpack_from('<Q', header, LENGTH)[0])
        if header[TYPE] == GLOBAL:
            time.sleep(wait)
        sys.stdout.buffer.write(header + payload)
        sys.stdout.buffer.flush()


main()
