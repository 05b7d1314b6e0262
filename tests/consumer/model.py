"""Writes a TorchScript module to the path given."""

import sys
import warnings

import torch

warnings.simplefilter("ignore")  # of deprecation
torch.jit.trace(torch.nn.Linear(8, 8).eval(), torch.ones(1, 8)).save(sys.argv[1])
