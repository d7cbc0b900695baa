"""What the llama.cpp here is, for ``threadrunner doctor``: ``python -m threadrunner_kernel.runner.probe`` prints JSON.

A process of its own, since a build for another CPU ends it.
"""

from __future__ import annotations

import json


def main() -> None:
    import llama_cpp

    facts = {
        "version": llama_cpp.__version__,
        "features": llama_cpp.llama_print_system_info().decode(errors="replace"),
        "has_gpu": bool(llama_cpp.llama_supports_gpu_offload()),
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
