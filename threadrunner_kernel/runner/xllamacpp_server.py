"""llama.cpp's own server out of PyPI's ``xllamacpp``, as a program: it takes those of llama-server's options we use.

It ends with the process that started it. Where xllamacpp is, no ``llama-server`` has to be built or downloaded.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

import xllamacpp

from threadrunner_kernel.process import die_with_parent


def main() -> None:
    arguments = read_arguments()
    address = Path(arguments.host)
    die_with_parent(lambda: address.unlink(missing_ok=True) if address.suffix == ".sock" else None)
    # Its own Ctrl-C is nobody's: the host ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        server = xllamacpp.Server(parameters(arguments))
    except RuntimeError as exc:
        sys.exit(f"The model cannot be loaded by llama.cpp's server: {exc}")
    print(f"listening on {server.listening_address}", file=sys.stderr, flush=True)
    threading.Event().wait()


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="xllamacpp-server", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"xllamacpp {xllamacpp.__version__}")
    parser.add_argument("--list-devices", action=ListDevices, nargs=0)
    for name in ("--model", "--alias", "--host"):
        parser.add_argument(name, required=True)
    for name in ("--ctx-size", "--parallel", "--batch-size", "--ubatch-size"):
        parser.add_argument(name, type=int, required=True)
    for name in ("--port", "--threads", "--n-gpu-layers"):
        parser.add_argument(name, type=int)
    parser.add_argument("--api-key-file", type=Path)
    for name in ("--cache-type-k", "--cache-type-v"):
        parser.add_argument(name, default="f16")
    parser.add_argument("--flash-attn", choices=["auto", "on", "off"], default="auto")
    for name in ("--no-mmap", "--mlock", "--no-repack", "--no-warmup"):
        parser.add_argument(name, action="store_true")
    return parser.parse_args()


class ListDevices(argparse.Action):
    """Tells of the GPUs as llama-server does, and ends."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        print("Available devices:")
        for device in xllamacpp.get_device_info():
            if device["type"] != xllamacpp.ggml_backend_dev_type.GGML_BACKEND_DEVICE_TYPE_CPU:
                total, free = (device[f"memory_{name}"] >> 20 for name in ("total", "free"))
                print(f"  {device['name']}: {device['description']} ({total} MiB, {free} MiB free)")
        parser.exit()


def parameters(arguments: argparse.Namespace) -> xllamacpp.CommonParams:
    """llama.cpp's parameters for our options."""
    made = xllamacpp.CommonParams()
    made.model.path = arguments.model
    made.model_alias = {arguments.alias}
    made.hostnames = [arguments.host]
    made.port = arguments.port or 0
    if arguments.api_key_file:
        made.api_keys = arguments.api_key_file.read_text().split()
    made.n_ctx, made.n_parallel = arguments.ctx_size, arguments.parallel
    made.n_batch, made.n_ubatch = arguments.batch_size, arguments.ubatch_size
    if arguments.threads:
        made.cpuparams.n_threads = made.cpuparams_batch.n_threads = arguments.threads
    if arguments.n_gpu_layers is not None:
        made.n_gpu_layers = arguments.n_gpu_layers
    kinds = xllamacpp.ggml_type
    made.cache_type_k = getattr(kinds, f"GGML_TYPE_{arguments.cache_type_k.upper()}")
    made.cache_type_v = getattr(kinds, f"GGML_TYPE_{arguments.cache_type_v.upper()}")
    attention = {"auto": "AUTO", "on": "ENABLED", "off": "DISABLED"}[arguments.flash_attn]
    made.flash_attn_type = getattr(xllamacpp.llama_flash_attn_type, f"LLAMA_FLASH_ATTN_TYPE_{attention}")
    mapped = ("MLOCK" if arguments.no_mmap else "MMAP_MLOCK") if arguments.mlock else "NONE"
    if arguments.no_mmap or arguments.mlock:
        made.load_mode = getattr(xllamacpp.llama_load_mode, f"LLAMA_LOAD_MODE_{mapped}")
    made.no_extra_bufts = arguments.no_repack
    made.warmup = not arguments.no_warmup
    made.ui, made.offline = False, True
    made.cache_ram_mib = int(os.environ.get("LLAMA_ARG_CACHE_RAM", made.cache_ram_mib))
    return made


main()
