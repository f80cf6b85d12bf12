"""Small real training loops on PyTorch; none of them knows of Lace."""

import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

torch.set_num_threads(1)


class Numbered(Dataset):
    """Record i can be told from its input: its first feature is i."""

    def __init__(self, count=40):
        generator = torch.Generator().manual_seed(7)
        self.inputs = torch.randn(count, 6, generator=generator)
        self.inputs[:, 0] = torch.arange(count)
        self.targets = torch.randint(0, 3, (count,), generator=generator)

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, index):
        return self.inputs[index], self.targets[index]


def model():
    torch.manual_seed(3)
    return torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Dropout(0.2), torch.nn.Linear(8, 3))


class Trainer:
    """Keeps what each optimizer step really saw, to compare with what was recorded."""

    def __init__(self, optimizer=None):
        self.model = model()
        self.optimizer = optimizer(self.model.parameters()) if optimizer else torch.optim.SGD(self.model.parameters(), lr=0.01)
        self.losses = []
        self.batches = []
        self._micro = []

    def loss(self, batch):
        inputs, targets = batch
        self._micro.append([int(n) for n in inputs[:, 0].tolist()])
        scaled = inputs.clone()
        scaled[:, 0] /= 40
        return torch.nn.functional.cross_entropy(self.model(scaled), targets)

    def step(self, losses):
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.losses.append(sum(losses) / len(losses))
        self.batches.append(self._micro)
        self._micro = []

    def epoch(self, loader, accumulate=1):
        losses = []
        for number, batch in enumerate(loader):
            loss = self.loss(batch)
            loss.backward()
            losses.append(loss.item())
            if (number + 1) % accumulate == 0:
                self.step(losses)
                losses = []

    def validate(self, loader, inside=True):
        if inside:
            with torch.no_grad():
                for batch in loader:
                    self.loss(batch)
        else:
            for batch in loader:
                with torch.no_grad():
                    self.loss(batch)
        self._micro = []


__all__ = ["DataLoader", "Numbered", "TensorDataset", "Trainer", "torch"]
