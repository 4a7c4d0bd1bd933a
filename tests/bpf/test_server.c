/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who serves a port: the CPU whose redirected frames have not been seen at the
 * driver yet. The test plays that other CPU by writing its number into the port.
 */
#include "cmocka_all.h"
#include "play.h"

#define MS 1000000ULL
#define FLUSH_TIMEOUT (100 * MS)

static struct play p;

static const struct xdpq_port *port(void)
{
	return p.h.port;
}

static void start_object(const char *object)
{
	struct harness_opts opts = { .object = object };

	play_start(&p, &opts);
	harness_set(&p.h, "copy[0].sched.limit", 1000);
}

static void start(void)
{
	start_object("fifo");
}

/* Frames leave, and are not flushed yet. */
static void redirect(__u32 count)
{
	for (__u32 i = 0; i < count; i++) {
		__u32 left = play_arrive(&p, 60 + i);

		assert_int_equal(left, p.last_id);
	}
}

static void give_to_another_cpu(void)
{
	p.h.port->server = p.h.cpu + 1;
}

static void expect_stored(__u32 count)
{
	for (__u32 i = 0; i < count; i++) {
		assert_int_equal(play_arrive(&p, 100), 0);
		assert_int_equal(p.verdict, XDP_DROP);
		assert_int_equal(play_pump(&p), 0);
		harness_check(&p.h);
	}
}

static void test_own_frames_do_not_stop_this_cpu(void **state __attribute__((unused)))
{
	start();
	redirect(40);
	harness_check(&p.h);
	assert_int_equal(port()->server, p.h.cpu);
	play_end(&p);
}

static void test_another_server_is_not_overtaken(void **state __attribute__((unused)))
{
	start();
	redirect(3);
	give_to_another_cpu();
	expect_stored(4);
	assert_int_equal(port()->qlen, 4);
	assert_int_equal(port()->server, p.h.cpu + 1);
	/* It waits, but not for the link. */
	assert_int_equal(port()->overlimits, 0);
	harness_flush(&p.h);
	for (__u32 id = 4; id <= 7; id++)
		assert_int_equal(play_pump(&p), id);
	assert_int_equal(port()->server, p.h.cpu);
	assert_int_equal(port()->drops[XDPQ_DROP_UNSEEN].packets, 0);
	play_end(&p);
}

static void test_a_carrier_takes_over_after_the_flush(void **state __attribute__((unused)))
{
	start();
	redirect(1);
	give_to_another_cpu();
	expect_stored(2);
	harness_flush(&p.h);
	assert_int_equal(play_arrive(&p, 70), 2);
	assert_int_equal(play_arrive(&p, 70), 3);
	assert_int_equal(play_pump(&p), 4);
	assert_int_equal(play_pump(&p), 5);
	play_end(&p);
}

static void test_all_flushed_means_cut_through_again(void **state __attribute__((unused)))
{
	start();
	redirect(1);
	harness_flush(&p.h);
	give_to_another_cpu();
	redirect(1);
	assert_int_equal(port()->cut_through, 2);
	assert_int_equal(port()->server, p.h.cpu);
	play_end(&p);
}

static void test_lost_server_is_written_off(void **state __attribute__((unused)))
{
	start();
	redirect(3);
	give_to_another_cpu();
	/* The time counts from when somebody waits for it. */
	play_wait(&p, 2 * FLUSH_TIMEOUT);
	expect_stored(1);
	play_wait(&p, FLUSH_TIMEOUT);
	expect_stored(1);
	play_wait(&p, 1);
	assert_int_equal(play_pump(&p), 4);
	harness_check(&p.h);
	assert_int_equal(port()->drops[XDPQ_DROP_UNSEEN].packets, 3);
	assert_int_equal(port()->drops[XDPQ_DROP_UNSEEN].bytes, 60 + 61 + 62);
	assert_int_equal(play_pump(&p), 5);
	harness_flush(&p.h);
	assert_int_equal(port()->sent.packets, 2);
	play_end(&p);
}

static void test_a_carrier_writes_off_as_well(void **state __attribute__((unused)))
{
	start();
	redirect(2);
	give_to_another_cpu();
	expect_stored(1);
	play_wait(&p, FLUSH_TIMEOUT + 1);
	assert_int_equal(play_arrive(&p, 70), 3);
	harness_check(&p.h);
	assert_int_equal(port()->drops[XDPQ_DROP_UNSEEN].packets, 2);
	play_end(&p);
}

/* Whoever still makes progress is waited for, however slow. */
static void test_slow_server_is_waited_for(void **state __attribute__((unused)))
{
	start();
	redirect(5);
	give_to_another_cpu();
	expect_stored(1);
	for (int i = 0; i < 4; i++) {
		play_wait(&p, FLUSH_TIMEOUT - MS);
		p.h.port->flushed.packets++;
		p.h.port->flushed.bytes += 60 + i;
		p.h.port->sent = p.h.port->flushed;
		assert_int_equal(play_pump(&p), 0);
		harness_check(&p.h);
	}
	play_wait(&p, FLUSH_TIMEOUT + 1);
	assert_int_equal(play_pump(&p), 6);
	assert_int_equal(port()->drops[XDPQ_DROP_UNSEEN].packets, 1);
	assert_int_equal(port()->drops[XDPQ_DROP_UNSEEN].bytes, 64);
	play_end(&p);
}

/* A wait that ended well says nothing about a later one. */
static void test_each_wait_counts_for_itself(void **state __attribute__((unused)))
{
	start();
	redirect(1);
	give_to_another_cpu();
	expect_stored(1);
	harness_flush(&p.h);
	play_wait(&p, 2 * FLUSH_TIMEOUT);
	assert_int_equal(play_pump(&p), 2);
	give_to_another_cpu();
	expect_stored(1);
	play_wait(&p, FLUSH_TIMEOUT);
	expect_stored(1);
	assert_int_equal(port()->drops[XDPQ_DROP_UNSEEN].packets, 0);
	play_wait(&p, 1);
	assert_int_equal(play_pump(&p), 3);
	play_end(&p);
}

/* The other CPU went on serving in between: its new frames have their own time. */
static void test_server_that_goes_on(void **state __attribute__((unused)))
{
	start();
	redirect(1);
	give_to_another_cpu();
	expect_stored(3);
	play_wait(&p, FLUSH_TIMEOUT - MS);
	p.h.port->server = p.h.cpu;
	assert_int_equal(play_pump(&p), 2);
	give_to_another_cpu();
	play_wait(&p, 2 * MS);
	assert_int_equal(play_pump(&p), 0);
	assert_int_equal(port()->drops[XDPQ_DROP_UNSEEN].packets, 0);
	play_end(&p);
}

static void test_more_redirects_than_the_bulk_remembers(void **state __attribute__((unused)))
{
	start();
	for (int i = 0; i < 10; i++) {
		redirect(XDPQ_BULK);
		harness_flush_ring_full(&p.h, i);
		harness_check(&p.h);
	}
	assert_int_equal(port()->drops[XDPQ_DROP_TX_RING].packets, 10 * XDPQ_BULK - 45);
	play_end(&p);
}

/* The policy can't be asked, but what it said before the packet came holds no longer. */
static void test_earlier_packet_behind_another_server(void **state __attribute__((unused)))
{
	start_object("tests/timer");
	assert_int_equal(play_arrive_word(&p, 60, 0), 1);
	assert_int_equal(play_arrive_word(&p, 60, 10 * MS), 0);
	assert_int_equal(port()->due, HARNESS_START + 10 * MS);
	give_to_another_cpu();
	assert_int_equal(play_arrive_word(&p, 60, MS), 0);
	assert_true(port()->due <= HARNESS_START + MS);
	harness_flush(&p.h);
	assert_int_equal(play_pump(&p), 0);
	assert_int_equal(port()->due, HARNESS_START + MS);
	play_wait(&p, MS);
	assert_int_equal(play_pump(&p), 3);
	assert_int_equal(play_pump(&p), 0);
	assert_int_equal(port()->due, HARNESS_START + 10 * MS);
	play_wait_due(&p);
	assert_int_equal(play_pump(&p), 2);
	play_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_frames_do_not_stop_this_cpu),
		cmocka_unit_test(test_another_server_is_not_overtaken),
		cmocka_unit_test(test_a_carrier_takes_over_after_the_flush),
		cmocka_unit_test(test_all_flushed_means_cut_through_again),
		cmocka_unit_test(test_lost_server_is_written_off),
		cmocka_unit_test(test_a_carrier_writes_off_as_well),
		cmocka_unit_test(test_slow_server_is_waited_for),
		cmocka_unit_test(test_each_wait_counts_for_itself),
		cmocka_unit_test(test_server_that_goes_on),
		cmocka_unit_test(test_earlier_packet_behind_another_server),
		cmocka_unit_test(test_more_redirects_than_the_bulk_remembers),
	};

	harness_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
