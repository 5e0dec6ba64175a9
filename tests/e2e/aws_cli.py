"""The AWS CLI as one long-lived process: a line of JSON with the words in, a line of JSON with what it printed out.

It is the real thing without its start, which takes a second for each command.
"""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver


def main():
    driver = create_clidriver()
    answers = sys.stdout
    for line in sys.stdin:
        said, complained = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
            try:
                status = driver.main(json.loads(line))
            except SystemExit as end:
                status = end.code
        print(json.dumps([status, said.getvalue(), complained.getvalue()]), file=answers, flush=True)


if __name__ == "__main__":
    main()
