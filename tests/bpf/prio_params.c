/* SPDX-License-Identifier: GPL-2.0-only */
#include "prio_params.h"

struct prio_params prio_params_plain(__u32 bands, __u32 limit)
{
	struct prio_params params = { .bands = bands, .limit = limit };

	for (__u32 i = 0; i < PRIO_DSCPS; i++)
		params.priomap[i] = i < bands ? i : bands - 1;
	for (__u32 i = 0; i < PRIO_PCPS; i++)
		params.pcpmap[i] = i < bands ? i : bands - 1;
	return params;
}
