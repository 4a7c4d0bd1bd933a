/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <xdpq/port.h>

/* Last: its macro fail() is not the tool's function. */
#include <cmocka.h>

static void in_driver_is_what_was_not_seen_yet(void **test_state)
{
	const struct xdpq_port state = {
		.redirected = { .packets = 7, .bytes = 700 },
		.flushed = { .packets = 4, .bytes = 450 },
	};
	struct xdpq_tally in_driver = port_in_driver(&state);

	(void)test_state;
	assert_int_equal(in_driver.packets, 3);
	assert_int_equal(in_driver.bytes, 250);
}

static void in_driver_is_never_negative(void **test_state)
{
	const struct xdpq_port state = {
		.redirected = { .packets = 3, .bytes = 300 },
		.flushed = { .packets = 4, .bytes = 400 },
	};
	struct xdpq_tally in_driver = port_in_driver(&state);

	(void)test_state;
	assert_int_equal(in_driver.packets, 0);
	assert_int_equal(in_driver.bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_driver_is_what_was_not_seen_yet),
		cmocka_unit_test(in_driver_is_never_negative),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
