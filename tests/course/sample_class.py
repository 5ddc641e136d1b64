"""Honest submissions of assignment 1, as students write them, each with the score it deserves.

A submission maps the ids of solution cells to their text; a cell that is not named stays as it was handed out.
"""

ROUNDING_SIGMOID = """def sigmoid(z):
    positive = 1 / (1 + np.exp(-np.abs(z)))
    return np.where(z >= 0, positive, 1 - positive)
"""
STABLE_SIGMOID = """def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z < 0, e, 1.0) / (1.0 + e)
"""
LOSS = """def log_loss(w, b, X, y):
    z = np.dot(X, w) + b
    return (np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))).mean()
"""
GRADIENT = """def log_loss_gradient(w, b, X, y):
    error = sigmoid(X @ w + b) - y
    return X.T @ error / len(X), error.mean()
"""
FIT = """def fit_logistic(X, y, learning_rate, steps):
    w = np.zeros(X.shape[1])
    b = 0.0
    history = []
    for step in range(steps):
        history.append(log_loss(w, b, X, y))
        dw, db = log_loss_gradient(w, b, X, y)
        w = w - learning_rate * dw
        b = b - learning_rate * db
    return w, b, np.array(history)
"""

LOOPS = {
    "sigmoid": """import math


def one_sigmoid(z):
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    return math.exp(z) / (1 + math.exp(z))


def sigmoid(z):
    result = np.zeros(z.shape)
    for index in np.ndindex(z.shape):
        result[index] = one_sigmoid(z[index])
    return result
""",
    "log-loss": """def log_loss(w, b, X, y):
    total = 0.0
    for x, label in zip(X, y):
        z = sum(wi * xi for wi, xi in zip(w, x)) + b
        signed = z if label == 1 else -z
        total += math.log1p(math.exp(-signed)) if signed > 0 else -signed + math.log1p(math.exp(signed))
    return float(total / len(y))
""",
    "log-loss-gradient": """def log_loss_gradient(w, b, X, y):
    N, D = X.shape
    dw, db = np.zeros(D), 0.0
    for n in range(N):
        z = b
        for d in range(D):
            z += w[d] * X[n, d]
        error = (one_sigmoid(z) - y[n]) / N
        for d in range(D):
            dw[d] += error * X[n, d]
        db += error
    return [dw, float(db)]
""",
    "fit-logistic": FIT,
}
WRITTEN = "The squared error has the slope -0.00009 there, the log loss -0.99995."
PERFECT = {
    "sigmoid": STABLE_SIGMOID,
    "log-loss": LOSS,
    "log-loss-gradient": GRADIENT,
    "fit-logistic": FIT,
    "written": WRITTEN,
}

# The points of each test cell, in the order of the notebook.
TESTS = {
    "sigmoid-value": 2,
    "sigmoid-stable": 1,
    "loss-value": 2,
    "loss-stable": 2,
    "gradient-shapes": 1,
    "gradient-value": 4,
    "gradient-stable": 1,
    "fit-steps": 2,
    "fit-losses": 1,
    "fit-result": 1,
}
ALL = set(TESTS)

# student: (the cells they filled, the tests they deserve to pass)
SAMPLE_CLASS: dict[str, tuple[dict[str, str], set[str]]] = {
    "perfect": (PERFECT, ALL),
    "loops": (LOOPS, ALL),
    "sign_error": (
        PERFECT
        | {
            "log-loss-gradient": """def log_loss_gradient(w, b, X, y):
    error = y - sigmoid(X @ w + b)
    return X.T @ error / len(X), error.mean()
"""
        },
        # The losses are still those of the weights that were reached, climbing.
        ALL - {"gradient-value", "gradient-stable", "fit-steps", "fit-result"},
    ),
    "missing_mean": (
        PERFECT
        | {
            "log-loss-gradient": """def log_loss_gradient(w, b, X, y):
    error = sigmoid(X @ w + b) - y
    return X.T @ error, error.sum()
"""
        },
        ALL - {"gradient-value", "gradient-stable", "fit-steps", "fit-result"},
    ),
    "unstable_sigmoid": (
        {
            "sigmoid": """def sigmoid(z):
    return 1 / (1 + np.exp(-z))
""",
            "log-loss": """def log_loss(w, b, X, y):
    p = sigmoid(X @ w + b)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
""",
            "log-loss-gradient": GRADIENT,
            "fit-logistic": FIT,
        },
        ALL - {"sigmoid-stable", "loss-stable", "gradient-stable"},
    ),
    "clipped": (
        PERFECT
        | {
            "sigmoid": """def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))
"""
        },
        ALL - {"sigmoid-stable"},
    ),
    "half_finished": (
        {"sigmoid": STABLE_SIGMOID, "log-loss": LOSS},
        {"sigmoid-value", "sigmoid-stable", "loss-value", "loss-stable"},
    ),
    "syntax_error": (
        PERFECT | {"log-loss-gradient": GRADIENT.replace("len(X), error", "len(X, error")},
        {"sigmoid-value", "sigmoid-stable", "loss-value", "loss-stable"},
    ),
    "finite_differences": (
        PERFECT
        | {
            "log-loss-gradient": """def log_loss_gradient(w, b, X, y, h=1e-5):
    dw = np.zeros_like(w)
    for j in range(len(w)):
        up, down = w.copy(), w.copy()
        up[j] += h
        down[j] -= h
        dw[j] = (log_loss(up, b, X, y) - log_loss(down, b, X, y)) / (2 * h)
    return dw, (log_loss(w, b + h, X, y) - log_loss(w, b - h, X, y)) / (2 * h)
"""
        },
        # Right to 1e-10, which is not what an analytic gradient is right to.
        ALL - {"gradient-value", "gradient-stable", "fit-steps"},
    ),
    # 1 - p rounds tiny probabilities to 0: an error of 1e-16, which is float64's own.
    "rounded_to_zero": (PERFECT | {"sigmoid": ROUNDING_SIGMOID}, ALL),
    "untouched": ({}, set()),
}
