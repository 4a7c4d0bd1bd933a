/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Network emulation: packets are delayed, lost, duplicated and reordered on purpose,
 * as a long or bad network would do it.
 *
 * Use it in a test bed, on the port towards the network that is to look far away or bad.
 * Each direction of a path needs its own port: delay 50ms on both makes a round trip
 * 100 ms longer. It never lets a packet cut through.
 *
 * The parameters are those of Linux's netem (tc-netem(8)) under its names. Where one
 * word of tc takes several values, each is a parameter here:
 *
 *	tc    delay 100ms 10ms distribution normal
 *	xdpq  delay 100ms jitter 10ms distribution normal
 *
 *	tc    loss random 0.5%
 *	xdpq  loss 0.5%
 *
 *	tc    loss gemodel 1% 10% 70% 0.1%
 *	xdpq  ge_p 1% ge_r 10% ge_bad 70% ge_good 0.1%
 *
 * duplicate, reorder, gap, limit and seed are the same words. The rate is the port's own,
 * the link clock of every scheduler: a packet waits for its time first, then for the
 * link. Not here: correlations (they distort the shares they come with; for losses
 * in bursts there is the model below), loss by four states, slots, corruption.
 *
 * A packet that arrives is lost, or it gets the time at which it is to leave: its arrival,
 * plus delay, plus a random share of jitter, but not before it arrives and not more than
 * 200 s after. Packets leave in the order of these times, so jitter reorders packets that
 * come closer together than it spreads them, and delay alone reorders none. A change
 * is for packets that arrive from then on.
 *
 * uniform spreads packets evenly from delay - jitter to delay + jitter. The others have
 * delay as their mean and jitter as their standard deviation, unless delay is so short that
 * some would leave before they come. pareto is a Pareto distribution of shape 3: none less
 * than 0.58 jitter below the mean, few far above it. paretonormal takes normal for a
 * quarter of the packets and pareto for the others.
 *
 * loss hits each packet on its own. The Gilbert-Elliott model (Gilbert, "Capacity of a
 * burst-noise channel", 1960; Elliott, 1963) makes bursts. It has a good state and a bad
 * one: ge_p is the chance that a packet finds the good state turned bad, ge_r that it finds the
 * bad one turned good, ge_bad and ge_good are what is lost in each. Bad times last for
 * 1/ge_r packets in the mean, and ge_p/(ge_p + ge_r) of all packets meet one. Without ge_p
 * the other three have no effect. loss and ge_p exclude each other: to go from one to the other
 * on a running port, take the old one back in the same command, as in
 *
 *	xdpq change eth0 loss 0% ge_p 1% ge_r 10%
 *
 * duplicate makes a copy, which is lost, delayed and reordered by chances of its own, but
 * not copied again. reorder sends a packet at once, ahead of those that are delayed; with
 * gap, only the last of each so many packets has that chance.
 *
 * limit has to hold what is under way: the rate times the longest delay. Packets of 1500
 * bytes at 1 Gbit/s, delayed by 100 ms, are 8400. The memory for them is taken at attach,
 * for each a frame of the port's MTU. What comes beyond the limit is dropped (overlimit),
 * copies too.
 *
 * A packet never leaves before its time. It may leave later: by what the pump needs to wake up,
 * some tens of microseconds on a machine that is not overloaded; and by one step of
 * the order, which has steps of 1 us for delays up to 33 ms, 66 us up to 2.1 s and 8.4 ms
 * beyond. Within a step packets leave as they came; with delay alone that costs nothing. Where
 * the link's rate makes packets overdue, the larger steps are in use before; overdue by more
 * than 350 s, packets leave as they came.
 *
 * With the same seed the same packets are lost, copied and delayed by as much as before,
 * whenever they come; on a clock that stands still in between, as in a simulation, they leave in
 * the same order too. Without, a seed is drawn at attach and at each change; xdpq show -d
 * tells it, among what was derived.
 */
#include <xdpq/sched.h>
#include <xdpq/random.h>
#include <xdpq/deviates.h>

enum netem_distribution {
	NETEM_UNIFORM,
	NETEM_NORMAL,
	NETEM_PARETO,
	NETEM_PARETONORMAL,
};

struct netem_params {
	__u64 delay XDPQ_PARAM(time, 0ns, 100s, 0ns, "time that a packet waits, in the mean");
	__u64 jitter XDPQ_PARAM(time, 0ns, 100s, 0ns, "random part of it, to both sides");
	__u32 distribution XDPQ_CHOICE("uniform|normal|pareto|paretonormal", "uniform",
		"of the jitter");
	__u32 loss XDPQ_PARAM(percent, 0%, 100%, 0%, "packets lost, each by its own chance");
	__u32 ge_p XDPQ_PARAM(percent, 0%, 100%, 0%,
		"Gilbert-Elliott loss: chance to go from the good state to the bad");
	__u32 ge_r XDPQ_PARAM(percent, 0.0000001%, 100%, auto,
		"chance to go from the bad state to the good; 100% less ge_p if not given");
	__u32 ge_bad XDPQ_PARAM(percent, 0%, 100%, auto,
		"packets lost in the bad state (tc's 1-h); 100% if not given");
	__u32 ge_good XDPQ_PARAM(percent, 0%, 100%, 0%,
		"packets lost in the good state (tc's 1-k)");
	__u32 duplicate XDPQ_PARAM(percent, 0%, 100%, 0%, "packets that come twice");
	__u32 reorder XDPQ_PARAM(percent, 0%, 100%, 0%,
		"packets sent at once, ahead of the delayed");
	__u32 gap XDPQ_PARAM(number, 1, 1000000, auto,
		"of each so many packets the last may be reordered; 1 if not given");
	__u32 limit XDPQ_PARAM(packets, 1, 1048576, 1000, "packets that may wait");
	__u32 seed XDPQ_PARAM(number, 1, 4294967295, auto,
		"start of the random numbers; drawn anew if not given");
};

XDPQ_PARAMS(struct netem_params);

/* Position in the struct; 0% may be given, so that 0 does not tell. */
enum { NETEM_GE_BAD = 6 };

struct netem_counters {
	__u64 lost XDPQ_COUNTER(packets, "lost on purpose");
	__u64 lost_bad XDPQ_COUNTER(packets, "of these: in the bad state");
	__u64 duplicated XDPQ_COUNTER(packets, "packets that a copy was made of");
	__u64 reordered XDPQ_COUNTER(packets, "sent at once, ahead of the delayed");
};

XDPQ_COUNTERS(struct netem_counters);

/*
 * The order of send times, in one of three PIFOs by how long a packet waits: what is
 * far away needs no fine steps, and no change of delay has to rearrange anything. Half the
 * window lies ahead of the present, the other half is for what is overdue.
 */
#define NEAR_SHIFT 10
#define MIDDLE_SHIFT 16
#define FAR_SHIFT 23
#define RANGE 65536
#define HORIZON(shift) ((__u64)RANGE / 2 << (shift))

XDPQ_PIFO(near, RANGE, XDPQ_PIFO_MONOTONIC, xdpq_slot_next);
XDPQ_PIFO(middle, RANGE, XDPQ_PIFO_MONOTONIC, xdpq_slot_next);
XDPQ_PIFO(far, RANGE, XDPQ_PIFO_MONOTONIC, xdpq_slot_next);

/* What delay and jitter can be at most, for the distribution that has a most. */
#define LONGEST_WAIT 200000000000ULL
_Static_assert(LONGEST_WAIT <= HORIZON(FAR_SHIFT), "always in the window");

static struct {
	__u64 random;
	__u32 seed;		/* that it was started with */
	__u32 delayed;		/* packets in a row, since the last that was sent at once */
	bool bad;		/* the state of the Gilbert-Elliott model */
} netem __attribute__((used));

static __always_inline bool netem_chance(__u32 share)
{
	return xdpq_chance(&netem.random, share);
}

static __always_inline void netem_start(__u32 seed)
{
	if (netem.seed == seed)
		return;
	netem.seed = seed;
	netem.random = seed;
}

static __always_inline bool netem_lost_in_state(const volatile struct netem_params *params)
{
	if (netem_chance(netem.bad ? params->ge_r : params->ge_p))
		netem.bad = !netem.bad;
	if (!netem_chance(netem.bad ? params->ge_bad : params->ge_good))
		return false;
	if (netem.bad)
		xdpq_counters.lost_bad++;
	return true;
}

static __always_inline bool netem_lost(const volatile struct netem_params *params)
{
	bool lost = params->ge_p ? netem_lost_in_state(params) : netem_chance(params->loss);

	if (lost)
		xdpq_counters.lost++;
	return lost;
}

static __always_inline bool netem_sent_at_once(const volatile struct netem_params *params)
{
	if (!params->reorder)
		return false;
	if (netem.delayed + 1 < params->gap || !netem_chance(params->reorder)) {
		netem.delayed++;
		return false;
	}
	netem.delayed = 0;
	xdpq_counters.reordered++;
	return true;
}

/*
 * The value that is exceeded with a random probability. Zeros at the end of a random word are
 * as many as a coin falls on one side in a row: that is the octave of the probability. Uses
 * the lower 52 bits.
 */
static __always_inline __s64 netem_quantile(const __s32 *table, __u64 random)
{
	__u32 octave = xdpq_lowest_bit(random | 1ULL << (XDPQ_DEVIATE_OCTAVES - 1));
	__u32 entry = xdpq_masked(octave * XDPQ_DEVIATE_STEPS + (random >> 32) % XDPQ_DEVIATE_STEPS,
				  XDPQ_DEVIATES - 1);
	__u32 part = random >> 36 & 0xffff;
	__s64 from, to;

	from = table[entry];
	to = table[entry + 1];
	return from + ((__u64)(to - from) * part >> 16);
}

static __always_inline __s64 netem_normal(__u64 random)
{
	__s64 magnitude = netem_quantile(xdpq_normal_deviates, random);

	return random >> 63 ? magnitude : -magnitude;
}

/* How far from the mean, in units of jitter and 2^-XDPQ_DEVIATE_SHIFT. */
static __always_inline __s64 netem_deviate(__u32 distribution)
{
	__u64 random = xdpq_random(&netem.random);

	if (distribution == NETEM_PARETONORMAL)
		distribution = random >> 61 & 3 ? NETEM_PARETO : NETEM_NORMAL;
	if (distribution == NETEM_NORMAL)
		return netem_normal(random);
	if (distribution == NETEM_PARETO)
		return netem_quantile(xdpq_pareto_deviates, random);
	return (__s64)(random >> (63 - XDPQ_DEVIATE_SHIFT)) - (1 << XDPQ_DEVIATE_SHIFT);
}

/* The largest product is 100 s by the last of the Pareto table, which 64 bits without sign hold. */
static __always_inline __u64 netem_wait(const volatile struct netem_params *params)
{
	__u64 delay = params->delay, swing;
	__s64 deviate;

	if (netem_sent_at_once(params))
		return 0;
	if (!params->jitter)
		return delay;
	deviate = netem_deviate(params->distribution);
	swing = params->jitter * (__u64)(deviate < 0 ? -deviate : deviate) >> XDPQ_DEVIATE_SHIFT;
	if (deviate < 0)
		return swing < delay ? delay - swing : 0;
	return delay + swing < LONGEST_WAIT ? delay + swing : LONGEST_WAIT;
}

/* A window that the link has kept from moving on has no place for it: the next is coarser. */
static __always_inline void netem_schedule(__u32 id, __u64 wait, __u64 time)
{
	if (wait < HORIZON(NEAR_SHIFT) && near_holds(time >> NEAR_SHIFT))
		near_push(time >> NEAR_SHIFT, id);
	else if (wait < HORIZON(MIDDLE_SHIFT) && middle_holds(time >> MIDDLE_SHIFT))
		middle_push(time >> MIDDLE_SHIFT, id);
	else
		far_push(time >> FAR_SHIFT, id);
}

static __always_inline int netem_enqueue(struct xdpq_packet *packet)
{
	const volatile struct netem_params *params = xdpq_params();
	struct xdpq_slot *slot = xdpq_slot(packet->slot);
	__u64 wait;

	if (!slot)
		return XDPQ_DROP_NO_SLOT;
	netem_start(params->seed);
	if (netem_lost(params))
		return XDPQ_DROP_LOSS;
	if (xdpq_qlen() >= params->limit)
		return XDPQ_DROP_OVERLIMIT;
	wait = netem_wait(params);
	slot->rank = packet->arrived + wait;
	netem_schedule(packet->slot, wait, slot->rank);
	if (packet->duplicate || !netem_chance(params->duplicate))
		return XDPQ_ACCEPT;
	xdpq_counters.duplicated++;
	return XDPQ_DUPLICATE;
}

static __always_inline __u64 netem_time(__u32 id)
{
	struct xdpq_slot *slot = id ? xdpq_slot(id) : NULL;

	return slot ? slot->rank : XDPQ_NEVER;
}

/* Of two that are due at the same time the one that has waited longer is in the coarser order. */
static __always_inline struct xdpq_next netem_dequeue(__u64 now)
{
	__u64 first_far = netem_time(far_peek());
	__u64 first_middle = netem_time(middle_peek());
	__u64 first = netem_time(near_peek());

	if (first_middle < first)
		first = first_middle;
	if (first_far < first)
		first = first_far;
	if (first == XDPQ_NEVER)
		return xdpq_empty();
	if (now < first)
		return xdpq_not_before(first);
	if (first == first_far)
		return xdpq_send_slot(far_pop());
	if (first == first_middle)
		return xdpq_send_slot(middle_pop());
	return xdpq_send_slot(near_pop());
}

struct netem_validate {
	struct xdpq_validate v;
	struct netem_params params;
};

SEC("syscall")
int xdpq_validate(struct netem_validate *ctx)
{
	struct netem_params *params = &ctx->params;

	if (!params->gap)
		params->gap = 1;
	if (params->loss && params->ge_p)
		return XDPQ_REFUSE(&ctx->v, "loss",
				   "contradicts ge_p: undo one of them, with loss 0% or ge_p 0%");
	if (params->reorder && !params->delay)
		return XDPQ_REFUSE(&ctx->v, "reorder",
				   "overtakes nothing without delay: "
				   "give one, such as delay 10ms, or reorder 0%");
	if (params->gap > 1 && !params->reorder)
		return XDPQ_REFUSE(&ctx->v, "gap",
				   "does nothing without reorder: give reorder 100%, or gap 1");
	if (params->distribution && !params->jitter)
		return XDPQ_REFUSE(&ctx->v, "distribution",
				   "does nothing without jitter: "
				   "give jitter, or distribution uniform");
	if (!params->ge_r)
		params->ge_r = XDPQ_WHOLE - params->ge_p;
	if (!(ctx->v.given >> NETEM_GE_BAD & 1))
		params->ge_bad = XDPQ_WHOLE;
	if (!params->seed)
		params->seed = bpf_get_prandom_u32() ?: 1;
	return 0;
}

XDPQ_SCHEDULER("network emulation: delay, loss, duplication, reordering",
	       netem_enqueue, netem_dequeue, xdpq_never);
