#!/usr/bin/env python3
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Golden tests of the command line.

  run.py --ramimg PROGRAM [--set-exact-output] CASE.sh ...

A case is a shell script that calls `ramimg`. It runs in a fresh directory, and what it says has to
be what stands beside it:

  CASE.stdout.exact, CASE.stderr.exact   these very bytes
  CASE.stdout.glob, CASE.stderr.glob     line by line, * and ? as in fnmatch(3); a line "..." stands
                                         for any number of lines
  CASE.exit                              the exit status, 0 where there is no such file

An output without a file has to be empty, and JSON in one is as docs/json.md has it. The scratch directory's name is shown as @SCRATCH@.
A case that takes longer than its limit, or that starts an emulator, fails.

--set-exact-output writes the .exact files and .exit anew (not those of an output that has a .glob).
"""

import argparse
import difflib
import fnmatch
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import documents  # noqa: E402

LIMIT = 30  # seconds; a case is done in a fraction of one, a sanitizer on a busy machine in a few

# Whatever would start an emulator leaves its mark instead.
NO_EMULATOR = '#!/bin/sh\necho "$0 $*" >>"$GOLDEN_EMULATOR"\nexit 1\n'
EMULATORS = ["qemu-system-x86_64", "qemu-system-aarch64", "qemu-kvm", "kvm", "supermin"]


def environment(base, program):
    """A place and variables that do not depend on who runs the tests."""
    bindir = base / "bin"
    bindir.mkdir()
    (bindir / "ramimg").symlink_to(program)
    for name in EMULATORS:
        (bindir / name).write_text(NO_EMULATOR)
        (bindir / name).chmod(0o755)
    env = {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
    env.update(
        PATH=f"{bindir}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        HOME=str(base),
        LC_ALL="C.UTF-8",
        TMPDIR=str(base),
        GOLDEN_EMULATOR=str(base / "emulator"),
        LIBGUESTFS_HV=str(bindir / EMULATORS[0]),
    )
    return env


def run(case, program):
    """Run one case; returns exit status, stdout, stderr, and what is wrong beside those."""
    base = pathlib.Path(tempfile.mkdtemp(prefix="ramimg-golden-")).resolve()
    try:
        env = environment(base, program)
        scratch = base / "scratch"
        scratch.mkdir()
        proc = subprocess.Popen(
            ["/bin/sh", "-eu", str(case)],
            cwd=scratch,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            out, err = proc.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(proc.pid, signal.SIGKILL)
            out, err = proc.communicate()
            return proc.returncode, out, err, f"did not end within {LIMIT} s"
        wrong = None
        if proc.returncode < 0 or proc.returncode >= 126:
            wrong = f"crashed or could not run (status {proc.returncode})"
        elif (base / "emulator").exists():
            wrong = "started an emulator: " + (base / "emulator").read_text()
        name = str(scratch).encode()
        return (
            proc.returncode,
            out.replace(name, b"@SCRATCH@"),
            err.replace(name, b"@SCRATCH@"),
            wrong,
        )
    finally:
        shutil.rmtree(base)


def glob_matches(patterns, lines):
    """Whether the lines match the patterns, "..." standing for any number of them."""
    if not patterns:
        return not lines
    if patterns[0] == "...":
        return any(glob_matches(patterns[1:], lines[i:]) for i in range(len(lines) + 1))
    return (
        bool(lines)
        and fnmatch.fnmatchcase(lines[0], patterns[0])
        and glob_matches(patterns[1:], lines[1:])
    )


def text(data):
    return data.decode("utf-8", "backslashreplace")


def difference(want, got, name):
    return "".join(
        line if line.endswith("\n") else line + "\n\\ no newline at the end\n"
        for line in difflib.unified_diff(
            text(want).splitlines(True), text(got).splitlines(True), f"{name} expected", f"{name} got"
        )
    )


def check_output(case, name, got):
    """What is wrong with one output, or None."""
    glob = case.with_suffix(f".{name}.glob")
    exact = case.with_suffix(f".{name}.exact")
    if glob.exists():
        patterns = glob.read_text().splitlines()
        if got and not got.endswith(b"\n"):
            return f"{name} does not end with a newline"
        if not glob_matches(patterns, text(got).splitlines()):
            return difference(glob.read_bytes(), got, name)
        return None
    want = exact.read_bytes() if exact.exists() else b""
    return difference(want, got, name) if got != want else None


def check_documents(out):
    """What is wrong with the JSON in an output, by docs/json.md."""
    found = documents.among(text(out))
    return [fault for document in found for fault in documents.look(document)[0]]


def expected_status(case):
    file = case.with_suffix(".exit")
    return int(file.read_text()) if file.exists() else 0


def put(file, data):
    """Write the file, or remove it where there is nothing to expect."""
    if data:
        file.write_bytes(data)
    else:
        file.unlink(missing_ok=True)


def record(case, status, outputs):
    for name, got in outputs.items():
        if not case.with_suffix(f".{name}.glob").exists():
            put(case.with_suffix(f".{name}.exact"), got)
    put(case.with_suffix(".exit"), f"{status}\n".encode() if status else b"")


def test(case, program, recording):
    """Run and judge one case. True when it is good."""
    status, out, err, wrong = run(case, program)
    outputs = {"stdout": out, "stderr": err}
    faults = [wrong] if wrong else []
    if recording and not wrong:
        record(case, status, outputs)
    if status != expected_status(case):
        faults.append(f"exit status {status}, expected {expected_status(case)}")
    faults += check_documents(out)
    faults += [f for f in (check_output(case, n, o) for n, o in outputs.items()) if f]
    print(("FAILED " if faults else "ok     ") + case.stem)
    for fault in faults:
        print(fault.rstrip())
    if wrong:
        print(text(out) + text(err))
    return not faults


def main():
    parser = argparse.ArgumentParser(description="Golden tests of the command line.")
    parser.add_argument("--ramimg", required=True, type=pathlib.Path)
    parser.add_argument("--set-exact-output", action="store_true")
    parser.add_argument("cases", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    results = [
        test(case.resolve(strict=True), args.ramimg.resolve(strict=True), args.set_exact_output)
        for case in args.cases
    ]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
