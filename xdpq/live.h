/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF_PROG_RUN with live frames: frames made by the kernel run a program and go
 * where it sends them.
 */
#ifndef XDPQ_LIVE_H
#define XDPQ_LIVE_H

#include <stdint.h>

/*
 * Runs the program `frames` times. 0 or a negative errno value. Cheap only if the
 * program is attached to an interface: the XDP dispatcher is rewritten otherwise.
 */
int live_run(int prog, uint32_t frames);

/*
 * The longest frame that such a run can make with this program, in bytes; 0 if it
 * can't run at all.
 */
uint32_t live_max_frame(int prog);

#endif
