"""`python3 /path/to/portico_worker [folder]`: makes the package importable, then leaves no trace on sys.path.

The folder is where compiled code is kept (compiled.py).
"""

import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))

if __name__ == "__main__":
    # Python put this very directory in front, where our modules would stand before the app's.
    if sys.path and os.path.abspath(sys.path[0]) == _here:
        del sys.path[0]
    sys.path.insert(0, os.path.dirname(_here))
    if len(sys.argv) > 1:
        from portico_worker.compiled import keep_compiled

        keep_compiled(sys.argv[1])
    from portico_worker.main import main

    del sys.path[0]
    sys.exit(main())
