"""``python -m tiergate``: the command line, for whoever has no script on the path."""

from tiergate.cli.main import main

main(prog_name="tiergate")
