import torch
from torch import nn


def train(X, y, epochs=20, batch_size=32, learning_rate=0.1, net=None, batches=None):
    X, y = torch.as_tensor(X, dtype=torch.float32), torch.as_tensor(y)
    if net is None:
        net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    loss = nn.CrossEntropyLoss()  # takes logits, and the mean over the batch
    solver = torch.optim.SGD(net.parameters(), lr=learning_rate)
    for _ in range(epochs):
        for rows in batches or torch.randperm(len(X)).split(batch_size):
            solver.zero_grad()  # .grad adds up until somebody says this
            loss(net(X[rows]), y[rows]).backward()
            solver.step()
    return net
