/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>

#include <xdpq/live.h>

/* What a frame starts with; the dequeue program gives it its length. */
#define FRAME_SIZE 64

static int run(int prog, void *frame, uint32_t size, uint32_t frames)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = frame,
		.data_size_in = size,
		.repeat = frames,
		.batch_size = frames,
		.flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	return bpf_prog_test_run_opts(prog, &opts);
}

int live_run(int prog, uint32_t frames)
{
	static char frame[FRAME_SIZE];

	return run(prog, frame, sizeof(frame), frames);
}

uint32_t live_max_frame(int prog)
{
	static char frame[8192];
	uint32_t low = FRAME_SIZE, high = sizeof(frame);

	if (run(prog, frame, low, 1))
		return 0;
	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;

		if (run(prog, frame, middle, 1))
			high = middle;
		else
			low = middle;
	}
	return low;
}
