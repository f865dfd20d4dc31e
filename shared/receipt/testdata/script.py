"""Runs a Python script many times in one process, and says what each run would end as.

Standard input has a line for each run, a JSON list of its arguments; standard output gets a
line for each, with the exit code and what was printed to standard output and standard error.
"""
import contextlib
import io
import json
import runpy
import sys
import traceback

script = sys.argv[1]
for line in sys.stdin:
    sys.argv = [script, *json.loads(line)]
    said, code = io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as end:  # Its code may be a text, which the interpreter prints, or None.
            code = end.code or 0
            if isinstance(code, str):
                print(code, file=sys.stderr)
                code = 1
        except BaseException:
            traceback.print_exc()
            code = 1
    print(json.dumps({"exit": code, "said": said.getvalue()}), flush=True)
