# journal.py COMMAND FILE ...: run files, frame by frame, as bytes.
#
#	offsets FILE		where its frames begin, and where it ends
#	inside FILE N SEED	N offsets that are in the middle of frames
#	after FILE TYPE		the offsets behind the frames of that number
#	flip FILE OFFSET	change a bit of the byte there
#	early FILE		put checkpoints before the states of their round
#	same FULL NEW		all globals, traces and models of NEW are
#				those that end FULL; prints how many there are
#	models FULL NEW		their models are bit for bit the same

import random, struct, sys

GLOBAL, TRACE, MODEL, STATE, CHECKPOINT = 4, 8, 9, 18, 19

def frames(name):
    data, at = open(name, "rb").read(), 0
    while at < len(data):
        end = at + 80 + struct.unpack_from("<Q", data, at + 48)[0]
        yield at, data[at:end]
        at = end

def kind(frame):
    return frame[5]

def number(frame):
    return struct.unpack_from("<I", frame, 24)[0]

def said(name, kinds):
    """What it is, the round, and the payload but for reports of time."""
    return [(f[5:8], number(f), f[80:]) for _, f in frames(name)
        if kind(f) in kinds]

def offsets(name):
    return [a for a, _ in frames(name)] + [len(open(name, "rb").read())]

command, name, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
if command == "offsets":
    print(*offsets(name))
elif command == "inside":
    marks = offsets(name)
    r = random.Random(int(rest[1]))
    inner = [a for a in range(marks[-1]) if a not in set(marks)]
    print(*sorted(r.sample(inner, int(rest[0]))))
elif command == "after":
    print(*[a + len(f) for a, f in frames(name) if kind(f) == int(rest[0])])
elif command == "flip":
    data = bytearray(open(name, "rb").read())
    data[int(rest[0])] ^= 16
    open(name, "wb").write(data)
elif command == "early":
    out, held = [], []
    for _, f in frames(name):
        if kind(f) == STATE:
            held.append(f)
        elif kind(f) == CHECKPOINT:
            out += [f] + held
            held = []
        else:
            out.append(f)
    open(name, "wb").write(b"".join(out))
elif command == "same":
    full, new = (said(n, (GLOBAL, TRACE, MODEL)) for n in (name, rest[0]))
    # Models of a path that were there already come first.
    while new and new[0][0][0] == MODEL:
        new.pop(0)
    if not new or full[-len(new):] != new:
        sys.exit("the globals are not the same")
    print(len(new))
elif command == "models":
    full, new = (said(n, (MODEL,)) for n in (name, rest[0]))
    if not full or [m[2] for m in full] != [m[2] for m in new]:
        sys.exit("the models are not the same")
else:
    sys.exit("journal.py: what is " + command + "?")
