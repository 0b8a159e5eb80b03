"""Makes the virtual environment of the tests, once for these requirements and this Python, and prints where it is.

`python3 test/python/make_env.py`. It is kept in the user's cache folder; who comes while it is made waits.
"""

import fcntl
import hashlib
import os
import subprocess
import sys

REQUIREMENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "requirements.txt")


def main() -> None:
    with open(REQUIREMENTS, "rb") as file:
        key = hashlib.sha256(file.read() + f"{sys.version} {sys.base_prefix}".encode()).hexdigest()[:16]
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    home = os.path.join(caches, "portico-tests", f"python-{key}")
    os.makedirs(os.path.dirname(home), exist_ok=True)
    # The lock ends with the process, however that ends.
    with open(f"{home}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = os.path.join(home, "done")
        if not os.path.exists(done):
            run(sys.executable, "-m", "venv", "--clear", home)
            pip = (os.path.join(home, "bin", "python"), "-m", "pip", "install", "--quiet")
            run(*pip, "--disable-pip-version-check", "-r", REQUIREMENTS)
            with open(done, "w"):
                pass
    print(home)


def run(*command: str) -> None:
    # stdout is for the path.
    subprocess.run(command, check=True, stdout=sys.stderr)


main()
