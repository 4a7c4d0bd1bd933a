/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <xdpq/privilege.h>

#define NOBODY 65534

static const struct {
	int number;
	const char *name;
} needed[] = {
	{ CAP_BPF, "CAP_BPF" },
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN" },
	{ CAP_PERFMON, "CAP_PERFMON" },
};

static uint64_t effective(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	if (syscall(SYS_capget, &header, data))
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

int privilege_check(struct errors *e)
{
	uint64_t caps = effective();
	char lacking[64] = "";

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (caps >> needed[i].number & 1)
			continue;
		/* CAP_SYS_ADMIN stands for the two that were split off from it. */
		if (needed[i].number != CAP_NET_ADMIN && caps >> CAP_SYS_ADMIN & 1)
			continue;
		if (*lacking)
			strcat(lacking, ", ");
		strcat(lacking, needed[i].name);
	}
	if (!*lacking)
		return 0;
	return fail(e, EXIT_CODE_NOT_PERMITTED,
		    "needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON; lacking: %s", lacking);
}

static void drop_ids(void)
{
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		return;
}

static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = {};

	return !syscall(SYS_capset, &header, none);
}

int privilege_drop(void)
{
	for (int cap = 0; cap <= 63; cap++)
		prctl(PR_CAPBSET_DROP, cap);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	/* Started with the three capabilities only, it may not change its ids, and keeps them. */
	drop_ids();
	return drop_capabilities() ? 0 : -errno;
}
