/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XDPQ_RCU_H
#define XDPQ_RCU_H

/*
 * Returns when every BPF program that was running at the call has finished (an RCU
 * grace period, some ms).
 */
void rcu_wait(void);

#endif
