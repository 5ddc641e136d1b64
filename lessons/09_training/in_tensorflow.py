import tensorflow as tf


def train(X, y, epochs=20, batch_size=32, learning_rate=0.1):
    net = tf.keras.Sequential(
        [tf.keras.Input((64,)), tf.keras.layers.Dense(128, activation="relu"), tf.keras.layers.Dense(10)]
    )
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)  # the last layer gives logits
    solver = tf.keras.optimizers.SGD(learning_rate)
    data = tf.data.Dataset.from_tensor_slices((X.astype("float32"), y)).shuffle(len(X)).batch(batch_size)
    for _ in range(epochs):
        for inputs, labels in data:
            with tf.GradientTape() as tape:  # records what is computed inside
                value = loss(labels, net(inputs, training=True))
            slopes = tape.gradient(value, net.trainable_variables)
            solver.apply_gradients(zip(slopes, net.trainable_variables, strict=True))
    return net
