#!/usr/bin/env python3
"""Completes the package-lock.json files with the optional packages of platforms other than this one.

npm leaves out of the lock file what the registry at hand doesn't carry, and `npm ci` then refuses the file. The versions stand in the
packages that want them; platform and libc stand in the names. Run after `npm install` when `npm ci` says "Missing: … from lock file".
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = [ROOT / folder / "package-lock.json" for folder in ("app/ui", "tests", "tests/chromium", "tests/doors", "tests/peers")]
NAME = re.compile(r"(android|darwin|freebsd|linux|win32)-(arm64|x64|ia32|arm|riscv64)(?:-(musl|gnu)\w*|-msvc)?$")


def entry(name: str, version: str, wanted_by: dict) -> dict:
    made: dict = {"version": version.lstrip("^~=")}
    platform = NAME.search(name)
    made["cpu"] = [platform[2] if platform else "wasm32"]
    if wanted_by.get("dev"):
        made["dev"] = True
    if platform and platform[1] == "linux" and platform[3]:
        made["libc"] = ["musl" if platform[3] == "musl" else "glibc"]
    if "license" in wanted_by:
        made["license"] = wanted_by["license"]
    made["optional"] = True
    if platform:
        made["os"] = [platform[1]]
    return made


def complete(path_of_lock: Path) -> None:
    lock = json.loads(path_of_lock.read_text(encoding="utf-8"))
    packages = lock["packages"]
    for path, package in list(packages.items()):
        for name, version in package.get("optionalDependencies", {}).items():
            if f"node_modules/{name}" not in packages and f"{path}/node_modules/{name}" not in packages:
                packages[f"node_modules/{name}"] = entry(name, version, package)
                print(f"added {name} {version}")
    lock["packages"] = dict(sorted(packages.items()))
    path_of_lock.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    for lock in LOCKS:
        complete(lock)


if __name__ == "__main__":
    main()
