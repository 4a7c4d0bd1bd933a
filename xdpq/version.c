/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/libbpf.h>
#include <stdio.h>

#include <xdpq/abi.h>
#include <xdpq/json.h>

int cmd_version(const struct call *call)
{
	json_t *document;

	if (call->argc)
		return fail(call->errors, EXIT_CODE_USAGE, "unexpected word \"%s\"", call->argv[0]);
	if (!call->options->json) {
		printf("xdpq %s, ABI %u, libbpf %s\n", XDPQ_VERSION, XDPQ_ABI,
		       libbpf_version_string());
		return 0;
	}
	document = json_document();
	json_object_set_new(document, "xdpq", json_string(XDPQ_VERSION));
	json_object_set_new(document, "abi", json_integer(XDPQ_ABI));
	json_object_set_new(document, "libbpf", json_string(libbpf_version_string()));
	return json_print(call, document);
}
