"""A numerical gradient of every parameter in batched forward passes, against one entry at a time.

    python tests/benchmarks/gradient_check.py

The time for one entry at a time is extrapolated from a sample of entries in the same run.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "2"

import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[2]))
from mlpkit.network import MLP  # noqa: E402
from mlpkit.network_check import check_network  # noqa: E402

NETWORKS = {"digits": ([64, 64, 10], 64), "mnist": ([784, 256, 128, 10], 128)}
SAMPLE = 200


def seconds_an_entry(net: MLP, X: np.ndarray, y: np.ndarray) -> float:
    parameters, step = net.parameters, 1e-5
    begin = time.perf_counter()
    for at in np.random.default_rng(0).integers(0, len(parameters), SAMPLE):
        kept = parameters[at]
        parameters[at] = kept + step
        net.loss(X, y)
        parameters[at] = kept - step
        net.loss(X, y)
        parameters[at] = kept
    return (time.perf_counter() - begin) / SAMPLE


def main() -> None:
    for name, (sizes, N) in NETWORKS.items():
        rng = np.random.default_rng(0)
        X, y = rng.standard_normal((N, sizes[0])), rng.integers(0, sizes[-1], N)
        net = MLP(sizes, dtype=np.float64)
        one_by_one = seconds_an_entry(net, X, y) * len(net.parameters)
        begin = time.perf_counter()
        check = check_network(net, X, y)
        seconds = time.perf_counter() - begin
        kinks = sum(int(marked.sum()) for marked in check.weight_kinks + check.bias_kinks)
        print(
            f"{name}: {len(net.parameters)} parameters, {N} examples: {seconds:.2f} s, one at a time "
            f"{one_by_one:.0f} s ({one_by_one / seconds:.0f} times as long); worst relative error {check.worst:.1e}, "
            f"{kinks} entries at a kink, {'passed' if check.passed else 'failed'}",
            flush=True,
        )


if __name__ == "__main__":
    main()
