/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <xdpq/device.h>
#include <xdpq/json.h>
#include <xdpq/live.h>
#include <xdpq/privilege.h>
#include <xdpq/vlan.h>

/* What the kernel is asked, one by one, by trying it. */
static bool has_btf(void)
{
	struct btf *btf = btf__load_vmlinux_btf();

	btf__free(btf);
	return btf;
}

static bool has_frame_copies(void)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_load_bytes, NULL) == 1;
}

static bool has_loop(void)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_loop, NULL) == 1;
}

static bool has_ring_buffer(void)
{
	return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) == 1;
}

static bool has_devmap(void)
{
	return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_DEVMAP, NULL) == 1;
}

static bool has_tracing(void)
{
	return libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_RAW_TRACEPOINT, NULL) == 1;
}

/* return XDP_DROP */
static int drop_program(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_DROP },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "probe", "GPL", insns, 2, NULL);
}

static uint32_t max_frame(void)
{
	int prog = drop_program();
	uint32_t size;

	if (prog < 0)
		return 0;
	size = live_max_frame(prog);
	close(prog);
	return size;
}

static const struct probe {
	const char *key;
	bool (*try)(void);
} probes[] = {
	{ "btf", has_btf },	/* type information of the kernel (CONFIG_DEBUG_INFO_BTF) */
	{ "xdp_frame_copies", has_frame_copies },	/* copies of whole frames (5.18) */
	{ "bpf_loop", has_loop },	/* bounded loops by helper (5.17) */
	{ "ring_buffer", has_ring_buffer },	/* ring buffer (5.8) */
	{ "devmap", has_devmap },	/* redirect map */
	{ "raw_tracepoints", has_tracing },	/* raw tracepoints */
};

static bool kernel_json(json_t *object)
{
	struct utsname uts;
	uint32_t frame = max_frame();
	bool able = frame;

	uname(&uts);
	json_object_set_new(object, "release", json_string(uts.release));
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		bool has = probes[i].try();

		json_object_set_new(object, probes[i].key, json_boolean(has));
		able &= has;
	}
	json_object_set_new(object, "live_frames", json_boolean(frame));
	json_object_set_new(object, "max_frame_bytes", json_integer(frame));
	json_object_set_new(object, "max_mtu_bytes",
			    json_integer(frame > FRAME_OVERHEAD ? frame - FRAME_OVERHEAD : 0));
	json_object_set_new(object, "able", json_boolean(able));
	return able;
}

/* "yes", "no", or "unknown" on kernels that don't tell (before 6.3). */
static json_t *driver_feature(const struct link *link, uint64_t bit)
{
	uint64_t features;

	if (link_xdp_features(link->ifindex, &features))
		return json_string("unknown");
	return json_string(features & bit ? "yes" : "no");
}

static void device_json(json_t *object, const struct link *link)
{
	char program[64] = "";

	if (link->xdp_prog_id)
		device_program(link, program, sizeof(program));
	json_object_set_new(object, "ifname", json_string(link->name));
	json_object_set_new(object, "ifindex", json_integer(link->ifindex));
	json_object_set_new(object, "kind", json_string(*link->kind ? link->kind : "physical"));
	json_object_set_new(object, "mtu_bytes", json_integer(link->mtu));
	json_object_set_new(object, "speed_bit_per_s", json_integer(device_speed(link)));
	json_object_set_new(object, "native_xdp", driver_feature(link, LINK_XDP_BASIC));
	json_object_set_new(object, "redirect", driver_feature(link, LINK_XDP_REDIRECT));
	json_object_set_new(object, "receives_redirects", driver_feature(link, LINK_XDP_NDO_XMIT));
	json_object_set_new(object, "vlan_offload",
			    json_string(vlan_hidden(link) ? "hides tags" : "off"));
	json_object_set_new(object, "xdp_program", json_string(program));
	json_object_set_new(object, "tx_queues", json_integer(link->tx_queues));
}

/* A few words for a person; keys are the same as in JSON. */
static void print_object(const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value) {
		if (json_is_integer(value))
			printf("    %-20s %" JSON_INTEGER_FORMAT "\n", key,
			       json_integer_value(value));
		else
			printf("    %-20s %s\n", key, json_is_boolean(value) ?
			       (json_is_true(value) ? "yes" : "no") : json_string_value(value));
	}
}

static int print(const struct call *call, json_t *document)
{
	const char *names[] = { "kernel", "interface" };

	if (call->options->json)
		return json_print(call, document);
	for (size_t i = 0; i < 2; i++) {
		json_t *object = json_object_get(document, names[i]);

		if (!json_object_size(object))
			continue;
		printf("%s:\n", names[i]);
		print_object(object);
	}
	json_decref(document);
	return 0;
}

int cmd_features(const struct call *call)
{
	struct errors *e = call->errors;
	json_t *document, *kernel = json_object(), *device = json_object();
	struct link link;
	bool able;

	if (call->argc > 1)
		return fail(e, EXIT_CODE_USAGE, "unexpected word \"%s\"; xdpq features [DEV]",
			    call->argv[1]);
	if (call->argc)
		errors_context(e, "features %s", call->argv[0]);
	if (privilege_check(e) || (call->argc && device_find(e, call->argv[0], &link)))
		return -1;
	document = json_document();
	able = kernel_json(kernel);
	if (call->argc)
		device_json(device, &link);
	json_object_set_new(document, "kernel", kernel);
	json_object_set_new(document, "interface", device);
	if (print(call, document))
		return -1;
	return able ? 0 : fail(e, EXIT_CODE_UNSUPPORTED, "this kernel lacks something xdpq needs");
}
