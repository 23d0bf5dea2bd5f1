#!/usr/bin/env python
"""The command line of CRLM Board.

`assess`, `make_cohort`, `handbook` and `whatif --cohort` belong to the engine: they run without settings, database,
broker or network.
Every other command uses DATABASE_URL, or joins the embedded PostgreSQL of this checkout (starting it for its own
duration when it does not run).
"""

import os
import sys

ENGINE = frozenset({"assess", "make_cohort", "handbook"})
SERVERLESS = frozenset({"help", "version", "--help", "--version", "makemigrations", "collectstatic", "check"})


def main(argv: list[str]) -> int:
    command = argv[1] if len(argv) > 1 else "help"
    of_a_file = command == "whatif" and any(word.partition("=")[0] == "--cohort" for word in argv[2:])
    if command in ENGINE or of_a_file:
        from decisions.engine.command import COMMANDS

        return COMMANDS[command](argv[2:], sys.stdin, sys.stdout, sys.stderr)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crlm_board.settings")
    from django.core.management import execute_from_command_line

    from crlm_board.embedded import embedded_servers

    with embedded_servers(needed=command not in SERVERLESS):
        execute_from_command_line(argv)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
