"""How long `import mlpkit` takes as a multiple of `import numpy`, in fresh interpreters that take turns.

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
    times = [[seconds("numpy"), seconds("mlpkit")] for _ in range(ROUNDS)]
    numpy, mlpkit = np.median(times, axis=0)
    print(f"import numpy {numpy * 1e3:.0f} ms, import mlpkit {mlpkit / numpy:.2f} times that")


if __name__ == "__main__":
    main()
