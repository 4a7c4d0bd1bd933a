/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <string.h>

#include <linux/if_ether.h>

#include "marked.h"

#define TYPE_OFFSET 12
#define TAG_SIZE 4
#define IPV4_SIZE 20
#define IPV6_SIZE 40

__u64 marked_word(const struct marks *marks)
{
	return marks->kind | marks->tags << 2 | marks->pcp << 4 | marks->dscp << 8;
}

static struct marks marks_of(__u64 word)
{
	return (struct marks){
		.kind = word & 3,
		.tags = word >> 2 & 3,
		.pcp = word >> 4 & 7,
		.dscp = word >> 8 & 63,
	};
}

__u64 marked_random(void)
{
	struct marks marks = {
		.kind = random_one_in(8) ? MARKED_NO_IP : random_below(2),
		.tags = random_one_in(3) ? random_below(4) : 0,
		.pcp = random_below(8),
		.dscp = random_below(64),
	};

	return marked_word(&marks);
}

static __u8 *put_u16(__u8 *at, __u16 value)
{
	value = htons(value);
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static __u16 protocol(enum marked_kind kind)
{
	switch (kind) {
	case MARKED_IPV4:
		return ETH_P_IP;
	case MARKED_IPV6:
		return ETH_P_IPV6;
	default:
		return ETH_P_ARP;
	}
}

void marked_shape(struct frame *frame, const struct recipe *recipe)
{
	struct marks marks = marks_of(recipe->word);
	__u8 *at = frame->data + TYPE_OFFSET;

	for (__u32 i = 0; i < marks.tags; i++) {
		at = put_u16(at, marks.tags - i > 1 ? ETH_P_8021AD : ETH_P_8021Q);
		at = put_u16(at, ((marks.pcp + 3 * i) & 7) << 13 | (recipe->id & 0xfff));
	}
	at = put_u16(at, protocol(marks.kind));
	/* The ECN bits, next to the DSCP, are of no account. */
	if (marks.kind == MARKED_IPV6)
		put_u16(at, 6 << 12 | marks.dscp << 6 | (recipe->id & 3) << 4);
	else
		put_u16(at, 0x45 << 8 | marks.dscp << 2 | (recipe->id & 3));
}

__u32 marked_dscp(__u64 word, __u32 len)
{
	struct marks marks = marks_of(word);
	__u32 need = ETH_HLEN + marks.tags * TAG_SIZE;

	need += marks.kind == MARKED_IPV6 ? IPV6_SIZE : IPV4_SIZE;
	return marks.kind == MARKED_NO_IP || len < need ? 0 : marks.dscp;
}

int marked_pcp(__u64 word, __u32 len)
{
	struct marks marks = marks_of(word);

	return marks.tags && len >= ETH_HLEN + TAG_SIZE ? (int)marks.pcp : -1;
}
