"""findkeys.py INVOCATION... -- PLACE...

Print each PLACE in which a secret key of one of the invocations is to be found,
as text or as bytes.  A place is a file, "processes" for the arguments and
environments of all processes, or the number of a process for its memory.
"""

import glob
import json
import sys

DIGITS = ("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
          ".-:+=^!/*?&<>()[]{}@%$#")


def decode(text):
    """Z85 (rfc.zeromq.org/spec/32)."""
    out = b""
    for i in range(0, len(text), 5):
        n = 0
        for c in text[i:i + 5]:
            n = 85 * n + DIGITS.index(c)
        out += n.to_bytes(4, "big")
    return out


def memory(pid):
    """What the process has in memory of its own."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as m:
        for line in maps:
            area, mode = line.split()[:2]
            if mode[0] != "r" or "[vv" in line or "[vsyscall" in line:
                continue
            begin, end = (int(a, 16) for a in area.split("-"))
            try:
                m.seek(begin)
                yield m.read(end - begin)
            except (OSError, ValueError):
                pass


def contents(place):
    if place == "processes":
        names = glob.glob("/proc/[0-9]*/cmdline") + \
            glob.glob("/proc/[0-9]*/environ")
    elif place.isdigit():
        yield place, b"\n".join(memory(place))
        return
    else:
        names = [place]
    for name in names:
        try:
            with open(name, "rb") as f:
                yield name, f.read()
        except OSError:
            if place != "processes":
                raise


def main():
    split = sys.argv.index("--")
    needles = []
    for name in sys.argv[1:split]:
        with open(name) as f:
            secret = json.load(f)["keys"]["secret"]
        assert len(secret) == 40 and len(decode(secret)) == 32
        needles += [secret.encode(), decode(secret)]
    assert needles
    for place in sys.argv[split + 1:]:
        for name, data in contents(place):
            if any(n in data for n in needles):
                print(name)


main()
