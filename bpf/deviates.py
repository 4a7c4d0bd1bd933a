#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes bpf/include/xdpq/deviates.h: quantiles of the distributions that netem's jitter may have.

    bpf/deviates.py > bpf/include/xdpq/deviates.h
"""
from math import sqrt
from statistics import NormalDist

OCTAVES = 32    # of the tail's probability, down to 2^-32
STEPS = 16      # in each
SCALE = 1 << 16

HEAD = """\
/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Made by bpf/deviates.py: edit that. */
/*
 * Random deviates of mean 0 and standard deviation 1, in 2^-16, by inversion: a random
 * probability u is drawn, and the value that is exceeded with this probability is
 * looked up. Values are kept for {steps} u in each of {octaves} octaves, and what lies between is
 * interpolated: so the tail is as exact as the rest.
 */
#ifndef XDPQ_DEVIATES_H
#define XDPQ_DEVIATES_H

#include <linux/types.h>

#define XDPQ_DEVIATE_SHIFT 16
#define XDPQ_DEVIATE_OCTAVES {octaves}
#define XDPQ_DEVIATE_STEPS {steps}
#define XDPQ_DEVIATES (XDPQ_DEVIATE_OCTAVES * XDPQ_DEVIATE_STEPS)

/* Entry {steps} * k + i is that of u = 2^-k * (1 - i / {double}). */
"""


def tail_probability(entry):
    octave, step = divmod(entry, STEPS)
    return 2.0 ** -octave * (1 - step / (2 * STEPS))


def normal(u):
    """Magnitude of a normal deviate: both tails together have the probability u."""
    return abs(NormalDist().inv_cdf(u / 2))


def pareto(u):
    """Shape 3, which has mean 3/2 and variance 3/4, moved and scaled to 0 and 1."""
    return (u ** (-1 / 3) - 1.5) / sqrt(0.75)


def table(name, about, quantile):
    values = [round(SCALE * quantile(tail_probability(i))) for i in range(OCTAVES * STEPS + 1)]
    lines = "".join("\t" + " ".join(f"{v}," for v in values[i:i + 8]) + "\n"
                    for i in range(0, len(values), 8))
    return f"/* {about} */\nstatic const __s32 {name}[XDPQ_DEVIATES + 1] = {{\n{lines}}};\n\n"


print(HEAD.format(octaves=OCTAVES, steps=STEPS, double=2 * STEPS)
      + table("xdpq_normal_deviates", "The magnitude of a normal deviate: u is that of both tails.",
              normal)
      + table("xdpq_pareto_deviates", "Pareto distribution of shape 3, moved to mean 0.", pareto)
      + "#endif")
