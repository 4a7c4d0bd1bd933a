/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/headers.h>
#include <xdpq/trace_kind.h>

#define NSEC_PER_SEC 1000000000ULL
/* In ns it fits 63 bits, with whatever may stand behind the point. */
#define MAX_SEC (INT64_MAX / (time_t)NSEC_PER_SEC - 10)

struct capture {
	const char *name;
	pcap_t *pcap;
	uint32_t limit;
	uint64_t number, first, last;	/* packets so far; times of the first and the latest, ns */
	bool told_cut;
	char flow[HEADERS_FLOW_SIZE];
	unsigned char padded[TRACE_MAX_LIMIT];
};

static int check_linktype(struct errors *e, const struct capture *c)
{
	int type = pcap_datalink(c->pcap);
	const char *name = pcap_datalink_val_to_name(type);

	if (type == DLT_EN10MB)
		return 0;
	return fail(e, EXIT_CODE_FAILED,
		    "%s: holds packets of link type %s, not of Ethernet (EN10MB)", c->name,
		    name ? name : "unknown");
}

static void close_capture(void *state)
{
	struct capture *c = state;

	if (c->pcap)
		pcap_close(c->pcap);
	free(c);
}

static void *open_capture(struct errors *e, FILE *stream, const char *name, uint32_t limit)
{
	struct capture *c = calloc(1, sizeof(*c));
	char why[PCAP_ERRBUF_SIZE] = "";

	if (c)
		c->pcap = pcap_fopen_offline_with_tstamp_precision(stream,
			PCAP_TSTAMP_PRECISION_NANO, why);
	if (!c || !c->pcap) {
		fclose(stream);
		fail(e, EXIT_CODE_FAILED, "%s: %s", name, c ? why : strerror(ENOMEM));
		free(c);
		return NULL;
	}
	c->name = name;
	c->limit = limit;
	if (!check_linktype(e, c))
		return c;
	close_capture(c);
	return NULL;
}

static int take_time(struct errors *e, struct capture *c, const struct timeval *tv, uint64_t *at)
{
	uint64_t now;

	/* With this precision tv_usec holds nanoseconds. */
	if (tv->tv_sec < 0 || tv->tv_usec < 0 || tv->tv_sec > MAX_SEC)
		return fail(e, EXIT_CODE_FAILED,
			    "%s: packet %" PRIu64 ": its time is not one from 1970 to 2262",
			    c->name, c->number);
	now = tv->tv_sec * NSEC_PER_SEC + tv->tv_usec;
	if (c->number == 1)
		c->first = c->last = now;
	if (now < c->last)
		return fail(e, EXIT_CODE_FAILED, "%s: packet %" PRIu64 ": is %" PRIu64 " ns older "
			    "than the one before it; `reordercap` sorts a file", c->name, c->number,
			    c->last - now);
	c->last = now;
	*at = now - c->first;
	if (*at > TRACE_MAX_TIME)
		return fail(e, EXIT_CODE_FAILED,
			    "%s: packet %" PRIu64 ": is more than 146 years behind the first",
			    c->name, c->number);
	return 0;
}

/* A packet captured in part is made whole with zeros. */
static const unsigned char *whole(struct errors *e, struct capture *c, const unsigned char *data,
				  const struct pcap_pkthdr *h)
{
	uint32_t needed = h->len < c->limit ? h->len : c->limit;

	if (h->caplen >= needed)
		return data;
	if (!c->told_cut)
		note_user(e, "%s: packet %" PRIu64 " was captured in part (%u of %u bytes); "
			  "what is missing is taken as zeros, here and in others", c->name,
			  c->number, h->caplen, h->len);
	c->told_cut = true;
	memcpy(c->padded, data, h->caplen);
	memset(c->padded + h->caplen, 0, needed - h->caplen);
	return c->padded;
}

static int next_captured(struct errors *e, void *state, struct trace_packet *out)
{
	struct capture *c = state;
	struct pcap_pkthdr *h;
	const unsigned char *data;
	int got = pcap_next_ex(c->pcap, &h, &data);

	if (got == PCAP_ERROR_BREAK)
		return 0;
	c->number++;
	if (got != 1)
		return fail(e, EXIT_CODE_FAILED, "%s: packet %" PRIu64 ": %s", c->name, c->number,
			    pcap_geterr(c->pcap));
	if (h->len < h->caplen)
		h->len = h->caplen;
	if (h->caplen < ETH_HLEN)
		return fail(e, EXIT_CODE_FAILED,
			    "%s: packet %" PRIu64 ": %u bytes are no Ethernet frame", c->name,
			    c->number, h->caplen);
	if (take_time(e, c, &h->ts, &out->at))
		return -1;
	headers_flow(data, h->caplen, c->flow);
	out->number = c->number;
	out->len = h->len;
	out->flow = c->flow;
	out->frame = whole(e, c, data, h);
	return 1;
}

const struct trace_kind trace_pcap = { open_capture, next_captured, close_capture };
