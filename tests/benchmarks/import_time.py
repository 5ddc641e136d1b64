"""How long `import mlpkit`, and its whole numeric core, take as multiples of `import numpy`.

Fresh interpreters take turns.

python tests/benchmarks/import_time.py
"""

import subprocess
import sys

import numpy as np

ROUNDS = 25
CLOCK = "import time; begin = time.perf_counter(); import {}; print(time.perf_counter() - begin)"


def seconds(module: str) -> float:
    return float(subprocess.run([sys.executable, "-c", CLOCK.format(module)], capture_output=True, check=True).stdout)


def main() -> None:
    modules = ("numpy", "mlpkit", "mlpkit.network, mlpkit.autodiff")
    times = np.median([[seconds(module) for module in modules] for _ in range(ROUNDS)], axis=0)
    print(f"import numpy: {times[0] * 1e3:.0f} ms")
    for module, taken in zip(modules[1:], times[1:], strict=True):
        print(f"import {module}: {taken / times[0]:.2f} times that")


if __name__ == "__main__":
    main()
