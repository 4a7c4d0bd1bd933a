/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XDPQ_PROCESS_H
#define XDPQ_PROCESS_H

#include <stdint.h>

/* Opens /proc, for those who will give up the privilege to walk there. */
void process_prepare(void);

/*
 * When the process started, in clock ticks since boot: with its id, this tells it
 * from a later one. 0 if there is no such process. *state: 'R', 'S', 'T' and so
 * on as in /proc/PID/stat; may be NULL.
 */
uint64_t process_started(uint32_t pid, char *state);

/* From here on the terminal cannot stop this command halfway; its children can undo that. */
void uninterruptible(void);
void interruptible(void);

#endif
