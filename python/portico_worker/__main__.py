"""`python3 /path/to/portico_worker`: makes the package importable, then leaves no trace on sys.path."""

import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))

if __name__ == "__main__":
    # Python put this very directory in front, where our modules would stand before the app's.
    if sys.path and os.path.abspath(sys.path[0]) == _here:
        del sys.path[0]
    sys.path.insert(0, os.path.dirname(_here))
    from portico_worker.main import main

    del sys.path[0]
    sys.exit(main())
