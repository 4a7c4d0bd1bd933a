/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <xdpq/rcu.h>

void rcu_wait(void)
{
	const struct timespec long_enough = { .tv_nsec = 50 * 1000 * 1000 };

	/* MEMBARRIER_CMD_GLOBAL is synchronize_rcu(); it is refused on nohz_full CPUs. */
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		nanosleep(&long_enough, NULL);
}
