"""Command line of the bootstrap."""

from __future__ import annotations

import argparse
import sys

from tools.bootstrap import __doc__ as description
from tools.bootstrap.build import build, install_test_packages, serve, setup, wheels
from tools.bootstrap.machine import SetupError, check_system, doctor, port_number
from tools.bootstrap.steps import say


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m tools.bootstrap",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("setup", "build", "wheels", "test-packages", "doctor"):
        commands.add_parser(name)
    serving = commands.add_parser("serve")
    serving.add_argument("--host")
    serving.add_argument("--port", type=port_number)
    serving.add_argument("--tls")
    serving.add_argument("--data", default="./data")
    return parser.parse_args()


def main() -> int:
    try:
        arguments = parse_arguments()
        if arguments.command == "doctor":
            return doctor()
        check_system()
        if arguments.command == "serve":
            serve(arguments.host, arguments.port, arguments.tls, arguments.data)
        else:
            steps = {
                "setup": setup,
                "build": build,
                "wheels": wheels,
                "test-packages": install_test_packages,
            }
            steps[arguments.command]()
    except SetupError as problem:
        say(str(problem))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
