"""Series of durations with known properties: their steady median is 1 unless stated."""

import numpy as np
from scipy.signal import lfilter


def correlated(rng, count, length, rho):
    """Gaussian noise of unit variance whose neighbours correlate by rho, shape (count, length)."""
    noise = rng.standard_normal((count, length))
    noise[:, 1:] *= np.sqrt(1 - rho**2)
    return lfilter([1.0], [1.0, -rho], noise, axis=1)


def steady(rng, count, length, *, sigma=0.02, rho=0.0, spikes=0.0, step=0.0):
    """Log-normal durations; a share of `spikes` is 1.5 to 10 times as long; rounded to `step`."""
    x = np.exp(sigma * correlated(rng, count, length, rho))
    hit = rng.random(x.shape) < spikes
    x = np.where(hit, x * (1.5 + rng.pareto(2.0, x.shape).clip(max=8.5)), x)
    return np.round(x / step) * step if step else x


def two_modes(rng, count, length, *, share=0.3, ratio=1.1, sigma=0.01, stay=0.0):
    """Durations of which a share is `ratio` as long; `stay`: the fast mode's chance to go on."""
    x = steady(rng, count, length, sigma=sigma)
    slow = rng.random(x.shape) < share
    if stay:
        enter, leave = 1 - stay, (1 - stay) * (1 - share) / share
        chance = rng.random(x.shape)
        for i in range(1, length):
            slow[:, i] = np.where(slow[:, i - 1], chance[:, i] >= leave, chance[:, i] < enter)
    return np.where(slow, x * ratio, x)


WARM_UPS = {
    "none": lambda t: np.ones(len(t)),
    "first call and tail": lambda t: np.where(t == 0, 30.0, 1 + 2 * np.exp(-t / 3)),
    "fades over 20": lambda t: 1 + 0.5 * np.exp(-t / 20),
    "fades over 60": lambda t: 1 + 0.3 * np.exp(-t / 60),
    "step at 25": lambda t: np.where(t < 25, 1.5, 1.0),
    "step at 100": lambda t: np.where(t < 100, 1.2, 1.0),
    "clock rises late": lambda t: 1 - 0.05 * np.exp(-np.maximum(t - 60, 0) / 10),
}
"""Factors on the durations of the calls t = 0, 1, 2 …"""
