"""A small byte-level GPT: the model that both pretrain.py and train.py train."""
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

CONTEXT = 256  # the longest text in bytes
START = 256  # the token before the first byte; tokens 0 to 255 are the bytes themselves
NEIGHBOURS = 4  # how many bytes, its own included, the convolution shows each position
IGNORED = -100  # what cross_entropy leaves out: the padding


class ByteGPT(nn.Module):
    """About 0.56 million parameters.

    A short causal convolution gives each position the bytes just before it, which a model this small would need
    thousands of steps to find by attention alone.
    """

    def __init__(self, width=128, layers=2, heads=4):
        super().__init__()
        self.tokens = nn.Embedding(257, width)
        self.positions = nn.Embedding(CONTEXT, width)
        self.neighbours = nn.Conv1d(width, width, NEIGHBOURS)
        block = nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(block, layers)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 256)
        for table in (self.tokens, self.positions):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, tokens):
        length = tokens.shape[1]
        future = torch.full((length, length), float("-inf")).triu(1)
        bytes_seen = self.tokens(tokens)
        before = F.pad(bytes_seen.transpose(1, 2), (NEIGHBOURS - 1, 0))
        hidden = bytes_seen + self.neighbours(before).transpose(1, 2) + self.positions.weight[:length]
        return self.head(self.norm(self.blocks(hidden, future)))

    def loss(self, values, lengths):
        """The mean over all bytes of the batch, in nats. Takes what collate makes."""
        targets = pad_sequence(values.split(lengths), batch_first=True, padding_value=IGNORED)
        inputs = F.pad(targets[:, :-1].clamp(min=0), (1, 0), value=START)
        return F.cross_entropy(self(inputs).flatten(0, 1), targets.flatten(), ignore_index=IGNORED)


def collate(texts):
    """Texts as bytes to one batch: all their bytes in a row, and how many belong to each. Only the model pads."""
    return torch.tensor(list(b"".join(texts))), [len(text) for text in texts]
