# terminal.py WHAT FILE SCRIPT: have an interactive bash on a terminal of its own run
# SCRIPT; when FILE has 20 kB, press Ctrl-C there (WHAT is ctrl-c) and
# have the shell make a file back, or close the terminal (close).  What it showed is
# in the file screen.
import os
import pty
import sys
import time

what, path, script = sys.argv[1:4]
with open("script", "w") as f:
    f.write(script + "\n")
pid, fd = pty.fork()
if pid == 0:
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
os.write(fd, b". ./script\n")
os.set_blocking(fd, False)
screen = open("screen", "wb")


def show_until(end, enough):
    while time.time() < end and not enough():
        try:
            screen.write(os.read(fd, 65536))
            screen.flush()
        except BlockingIOError:
            time.sleep(0.05)


def started():
    return os.path.exists(path) and os.path.getsize(path) > 20000


show_until(time.time() + 30, started)
if not started():
    sys.exit("%s did not grow" % path)
if what == "ctrl-c":
    os.write(fd, b"\x03")
    # What is typed before the shell is back is lost.
    for k in range(20):
        show_until(time.time() + 0.5, lambda: os.path.exists("back"))
        if os.path.exists("back"):
            break
        os.write(fd, b"touch back\n")
os.close(fd)
os.waitpid(pid, 0)
