"""Run every measurement of this directory, one after the other, each in a process of its own, and print what it found."""

import ast
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def measurements() -> list[Path]:
    """Modules here that have a `main`, by name."""
    found = []
    for path in sorted(HERE.glob("*.py")):
        tree = ast.parse(path.read_text())
        if path != Path(__file__) and any(
            isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body
        ):
            found.append(path)
    return found


def machine() -> str:
    """What it runs on: processor, cores, system."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    model = next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    system = os.uname()
    return f"{model}, {os.cpu_count()} cores, {system.sysname} {system.release}, load {load}"


def main() -> int:
    """Run them; arguments are names of measurements, none means all."""
    wanted = set(sys.argv[1:])
    unknown = wanted - {path.stem for path in measurements()}
    if unknown:
        sys.exit(f"no such measurement: {', '.join(sorted(unknown))}")
    print(machine(), flush=True)
    failed = []
    for path in measurements():
        if wanted and path.stem not in wanted:
            continue
        print(f"\n== {path.stem}", flush=True)
        if subprocess.run([sys.executable, str(path)], check=False).returncode:
            failed.append(path.stem)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
