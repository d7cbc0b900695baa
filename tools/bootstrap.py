"""Set up .venv for `make`: the virtual environment, the llama.cpp build, the package itself.

Standard library only: it runs on a machine that has Python, a C++ compiler and a package index, and nothing else.
A second run finds the stamp in .venv and returns at once.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")

LLAMA_CPP_PYTHON = "0.3.36"
# A native build segfaults where the (virtual) CPU announces AMX and lacks it (llama.cpp issue 20824), and a wheel
# built on one CPU may be used on another: build for the common x86-64 level with AVX2, or the platform's baseline.
CMAKE_ARGS = "-DGGML_NATIVE=OFF"
REPORT_EVERY_SECONDS = 20.0


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - the user's `python3` may well be older
        print("ThreadRunner needs Python 3.11 or newer; this is", sys.version.split()[0], file=sys.stderr)
        return 1
    stamp = VENV / "threadrunner-setup"
    wanted = setup_key()
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return 0
    if not PYTHON.exists():
        say("creating the virtual environment .venv")
        venv.EnvBuilder(with_pip=True, clear=VENV.exists()).create(VENV)
    # An old pip (Python 3.11's first ones) builds without showing what it builds.
    pip("install", "--quiet", "--upgrade", "pip")
    wheel = llama_wheel()
    say("installing the package and what it needs")
    pip("install", "--quiet", str(wheel))
    pip("install", "--quiet", "--editable", f"{ROOT}[lab,test]")
    # An editable install leaves out the wheel's data files: put the kernelspec where this environment's Jupyter looks.
    subprocess.run([BIN / "threadrunner", "install", "--sys-prefix", "--quiet"], check=True)
    stamp.write_text(wanted)
    say("ready")
    return 0


def setup_key() -> str:
    """What the environment was made from: when it changes the set-up is done again."""
    sources = [ROOT / "pyproject.toml", ROOT / "kernelspec" / "threadrunner" / "kernel.json", Path(__file__)]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources if path.exists()))
    digest.update(f"{ROOT}{sys.version}".encode())
    return digest.hexdigest()


def wheel_folder() -> Path:
    """Where built wheels live: outside the clone, keyed by version, interpreter and flags.

    pip's own wheel cache is keyed by the source archive alone and would hand out a native build.
    """
    if os.environ.get("THREADRUNNER_WHEELS"):
        base = Path(os.environ["THREADRUNNER_WHEELS"])
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home())) / "threadrunner" / "wheels"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches" / "threadrunner" / "wheels"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "threadrunner" / "wheels"
    flags = re.sub(r"[^A-Za-z0-9]+", "-", CMAKE_ARGS).strip("-").lower()
    return base / f"llama-cpp-python-{LLAMA_CPP_PYTHON}-{sys.implementation.cache_tag}-{flags}"


def llama_wheel() -> Path:
    """The llama-cpp-python wheel of this version and these flags, built when it is not there yet."""
    folder = wheel_folder()
    if found := sorted(folder.glob("llama_cpp_python-*.whl")):
        say(f"using the llama.cpp build in {folder}")
        return found[0]
    folder.mkdir(parents=True, exist_ok=True)
    say("compiling llama.cpp once; this takes about 5 minutes on 2 cores, and is kept for the next time")
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        build_wheel(Path(scratch))
        built = next(Path(scratch).glob("llama_cpp_python-*.whl"))
        target = folder / built.name
        os.replace(built, target)  # atomic: two set-ups at once both end with a whole file
    return target


def build_wheel(folder: Path) -> None:
    command = [str(PYTHON), "-m", "pip", "wheel", "--no-deps", "--no-cache-dir", "--verbose"]
    command += ["--no-binary", "llama-cpp-python", "--wheel-dir", str(folder), f"llama-cpp-python=={LLAMA_CPP_PYTHON}"]
    environment = {**os.environ, "CMAKE_ARGS": CMAKE_ARGS, "FORCE_CMAKE": "1"}
    log = folder.parent / "build.log"
    print("+", *command, flush=True)
    with log.open("w") as out:
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
        assert process.stdout is not None
        progress = Progress()
        for line in process.stdout:
            out.write(line)
            progress.read(line)
        progress.end()
    if process.wait():
        tail = "".join(log.read_text(errors="replace").splitlines(keepends=True)[-30:])
        sys.exit(f"{tail}\nllama-cpp-python could not be built (is there a C++ compiler?). The whole log: {log}")


class Progress:
    """One line that moves on a terminal; a line now and then where the output is a file."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.said = self.began
        self.live = sys.stdout.isatty()

    def read(self, line: str) -> None:
        step = re.search(r"^\s*\[(\d+)/(\d+)\] ", line)
        now = time.monotonic()
        if not step or (not self.live and now - self.said < REPORT_EVERY_SECONDS):
            return
        self.said = now
        text = f"  compiling llama.cpp: {step[1]} of {step[2]} steps, {now - self.began:.0f} s"
        print(f"\r{text}" if self.live else text, end="" if self.live else "\n", flush=True)

    def end(self) -> None:
        print(f"{chr(13) if self.live else ''}  compiling llama.cpp: ended after {time.monotonic() - self.began:.0f} s")


def pip(*arguments: str) -> None:
    print("+ pip", *arguments, flush=True)
    subprocess.run([PYTHON, "-m", "pip", *arguments], check=True)


def say(text: str) -> None:
    print(f"set-up: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
