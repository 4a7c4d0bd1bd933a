/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel's verifier needs to be told, and what spares it work. */
#ifndef XDPQ_VERIFIER_H
#define XDPQ_VERIFIER_H

#include <stddef.h>
#include <linux/types.h>

/*
 * value & mask, for the index of an array that has mask + 1 entries (mask: a constant). By asm:
 * a mask that clang can prove needless it leaves out, and the verifier can't prove it again.
 */
#define xdpq_masked(value, mask) ({					\
	__u64 _masked = (value);					\
	asm volatile("%0 &= %1" : "+r"(_masked) : "i"(mask));		\
	_masked;							\
})

/* A member's address, NULL if the whole is. Clang would add the offset before the check. */
#define xdpq_part(whole, part) ({			\
	typeof(&(whole)->part) _part = NULL;		\
	if (whole) {					\
		asm volatile("" : "+r"(whole));		\
		_part = &(whole)->part;			\
	}						\
	_part;						\
})

/*
 * A function that is verified once, by itself; a static one is gone through again for each state in
 * which it may be called. So it knows nothing of its arguments: numbers, the program's context,
 * and structs, which may be NULL. It returns a number. For 6.1 a struct, const or not, has to be
 * one that could be written, and on the stack to have no byte unset, padding neither.
 */
#define XDPQ_VERIFIED_ONCE __attribute__((noinline))

#endif
