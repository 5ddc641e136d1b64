import jax
import jax.numpy as jnp


def logits(parameters, X):
    (W1, b1), (W2, b2) = parameters
    return jax.nn.relu(X @ W1 + b1) @ W2 + b2


def loss(parameters, X, y):
    return -jnp.mean(jax.nn.log_softmax(logits(parameters, X))[jnp.arange(len(y)), y])


@jax.jit
def step(parameters, X, y, learning_rate):
    slopes = jax.grad(loss)(parameters, X, y)  # a function made of a function; nothing is accumulated
    return jax.tree.map(lambda p, g: p - learning_rate * g, parameters, slopes)


def train(X, y, epochs=20, batch_size=32, learning_rate=0.1, parameters=None, batches=None, seed=0):
    key, k1, k2 = jax.random.split(jax.random.key(seed), 3)
    if parameters is None:  # you draw the weights yourself
        W1 = jax.random.normal(k1, (64, 128)) * (2 / 64) ** 0.5
        W2 = jax.random.normal(k2, (128, 10)) * (2 / 128) ** 0.5
        parameters = [(W1, jnp.zeros(128)), (W2, jnp.zeros(10))]
    X, y = jnp.asarray(X, jnp.float32), jnp.asarray(y)
    for epoch in range(epochs):
        order = jax.random.permutation(jax.random.fold_in(key, epoch), len(X))
        for rows in batches or [order[s : s + batch_size] for s in range(0, len(X), batch_size)]:
            parameters = step(parameters, X[rows], y[rows], learning_rate)
    return parameters
