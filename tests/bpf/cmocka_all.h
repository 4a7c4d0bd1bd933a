/* SPDX-License-Identifier: GPL-2.0-only */
/* cmocka, with what it needs before it. */
#ifndef XDPQ_TEST_CMOCKA_ALL_H
#define XDPQ_TEST_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
