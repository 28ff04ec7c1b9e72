"""globals.py RUN RUN: were the workers sent the same, bit for bit?"""
import struct
import sys

HEADER, TYPE, OP, ROUND, LENGTH, GLOBAL = 80, 5, 7, 24, 48, 4


def sent(path):
    data = open(path, 'rb').read()
    at, found = 0, []
    while at < len(data):
        length, = struct.unpack_from('<Q', data, at + LENGTH)
        if data[at + TYPE] == GLOBAL:
            number, = struct.unpack_from('<I', data, at + ROUND)
            found.append((data[at + OP], number,
                          data[at + HEADER:at + HEADER + length]))
        at += HEADER + length
    return found


def main():
    a, b = sent(sys.argv[1]), sent(sys.argv[2])
    same = sum(x == y for x, y in zip(a, b))
    print(len(a), 'and', len(b), 'globals,', same, 'the same')
    return 0 if len(a) > 0 and len(a) == len(b) == same else 1


sys.exit(main())
