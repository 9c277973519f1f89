"""``python -m molagent``."""

from molagent.cli import main

main()
