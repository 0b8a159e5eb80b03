import os
import subprocess
import sys
import tempfile
import unittest

from portico_worker import compiled

from .master import PROGRAM


class Compiled(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="portico-py-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def names(self):
        """Modules whose code is kept, by their folders from there."""
        found = set()
        for folder, _, files in os.walk(self.folder):
            found.update((os.path.relpath(folder, self.folder), file.split(".")[0]) for file in files)
        return found

    def run_program(self):
        # Without a channel it says so, when all is imported.
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-v", PROGRAM, self.folder], env=env, stderr=subprocess.PIPE, universal_newlines=True
        )
        self.assertEqual(done.returncode, 2)
        return done.stderr

    def test_our_modules_are_kept_and_nobody_elses(self):
        self.assertIn("portico_worker is started by portico", self.run_program())
        names = self.names()
        self.assertIn("exchange", {name for _, name in names})
        self.assertEqual({folder for folder, _ in names}, {os.path.dirname(PROGRAM + "/").lstrip("/")})
        again = self.run_program()
        self.assertRegex(again, f"# code object from '{self.folder}/.*exchange.*pyc'")
        self.assertNotIn("# wrote", again)

    def test_all_are_compiled_for_a_worker_that_may_not(self):
        before = sys.pycache_prefix, sys.dont_write_bytecode
        compiled.compile_all(self.folder)
        self.assertEqual((sys.pycache_prefix, sys.dont_write_bytecode), before)
        names = {name for _, name in self.names()}
        self.assertLess({"main", "static_files", "fork_server", "exchange"}, names)
        self.assertNotIn("# wrote", self.run_program())

    def test_a_folder_that_cannot_be_written_is_no_obstacle(self):
        self.folder = os.path.join(self.folder, "file")
        with open(self.folder, "w"):
            pass
        self.assertIn("portico_worker is started by portico", self.run_program())
        compiled.compile_all(self.folder)


if __name__ == "__main__":
    unittest.main()
