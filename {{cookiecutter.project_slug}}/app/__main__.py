"""The command ``app``, which ``python -m app`` runs as well."""

import sys


def main() -> None:
    """Import the commands, which takes a moment, and run the one that was typed."""
    try:
        from app.kit.exceptions import StartupError

        try:
            from app.cli import main as run
        except StartupError as error:
            sys.exit(f"Error: {error}")
    except KeyboardInterrupt:  # later on, Click and the server handle it
        sys.exit(130)
    run(prog_name="app")


if __name__ == "__main__":
    main()
