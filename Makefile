# SPDX-License-Identifier: GPL-2.0-only
# Everything that is built goes to $(O). `make help` lists the targets.

VERSION := 0.1.0
O ?= .output
PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
PKG_CONFIG ?= pkg-config

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-8s %s\n' $(1) $(2)
endif

ARCH := $(shell uname -m | sed 's/x86_64/x86/;s/aarch64/arm64/;s/ppc64le/powerpc/;s/riscv64/riscv/')
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)

LIBS := libbpf libmnl jansson libpcap
CFLAGS ?= -O2 -g
XDPQ_CFLAGS := -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE -DXDPQ_VERSION='"$(VERSION)"' \
	-I. -Ibpf/include -I$(O) $(shell $(PKG_CONFIG) --cflags $(LIBS) 2>/dev/null)
LDLIBS := $(shell $(PKG_CONFIG) --libs $(LIBS) 2>/dev/null) -lm
BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-parameter \
	-D__TARGET_ARCH_$(ARCH) -Ibpf/include $(if $(MULTIARCH),-I/usr/include/$(MULTIARCH))

SCHEDULERS := $(patsubst bpf/schedulers/%.bpf.c,%,$(sort $(wildcard bpf/schedulers/*.bpf.c)))
SKELETONS := $(patsubst %,$(O)/%.skel.h,ingress witness $(SCHEDULERS))
OBJECTS := $(patsubst xdpq/%.c,$(O)/%.o,$(wildcard xdpq/*.c)) $(O)/embedded.o
PAGES := $(O)/man/xdpq.8 $(SCHEDULERS:%=$(O)/man/xdpq-%.8)

# For what builds and then runs: all CPUs, unless -j says how many.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all demo check check-vm parity bench install uninstall clean help deps man tests

all: $(O)/xdpq man ## build the tool and its manual pages

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20
	@echo "  O=DIR builds elsewhere, V=1 shows the commands; PREFIX= and DESTDIR= for install"

# Said at once, not after minutes of building.
need_root = @[ "$$(id -u)" = 0 ] || \
	{ echo "make $@: needs root, for network namespaces and BPF: sudo make $@" >&2; exit 1; }

deps: # installs what is missing, or says what to install
	$(Q)./deps.sh

demo: ## show what xdpq does, on real traffic (root)
	$(need_root)
	$(Q)./deps.sh
	$(Q)$(MAKE) --no-print-directory $(JOBS) all
	$(Q)XDPQ=$(abspath $(O))/xdpq tests/demo.sh

check: ## run all tests (root)
	$(need_root)
	$(Q)./deps.sh
	$(Q)$(MAKE) --no-print-directory $(JOBS) all tests
	$(Q)O=$(abspath $(O)) tests/run.sh

$(O) $(O)/man $(O)/tests $(O)/tests/obj $(O)/tests/bed:
	$(Q)mkdir -p $@

$(O)/%.bpf.o: bpf/%.bpf.c | $(O)
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MF $(@:.o=.d) -MT $@ -c $< -o $@

$(O)/%.bpf.o: bpf/schedulers/%.bpf.c | $(O)
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MF $(@:.o=.d) -MT $@ -c $< -o $@

$(O)/%.skel.h: $(O)/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@ 2>$(@:.h=.log) || \
		(cat $(@:.h=.log) >&2; false)

# The table of embedded schedulers: one line for each file in bpf/schedulers.
$(O)/embedded.c: $(SCHEDULERS:%=$(O)/%.skel.h) Makefile
	$(call say,GEN,$@)
	$(Q){ echo '#include <xdpq/scheduler.h>'; \
	  printf '#include "%s.skel.h"\n' $(SCHEDULERS); \
	  echo 'const struct embedded_scheduler embedded_schedulers[] = {'; \
	  for s in $(SCHEDULERS); do printf '\t{ "%s", %s_bpf__elf_bytes },\n' $$s $$s; done; \
	  echo '	{ NULL, NULL },'; echo '};'; } > $@

$(O)/%.o: xdpq/%.c $(SKELETONS) | $(O)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(XDPQ_CFLAGS) -MMD -c $< -o $@

$(O)/embedded.o: $(O)/embedded.c
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(XDPQ_CFLAGS) -c $< -o $@

$(O)/xdpq: $(OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ $(LDLIBS)

# Tests: tests/unit with the sanitizers, tests/bpf against the objects as they are.
UNIT_TESTS := $(patsubst tests/unit/%.c,$(O)/tests/%,$(wildcard tests/unit/test_*.c))
BPF_TESTS := $(patsubst tests/bpf/%.c,$(O)/tests/%,$(wildcard tests/bpf/test_*.c))
BED_OBJECTS := $(patsubst tests/bpf/%.c,$(O)/tests/bed/%.o,\
	$(filter-out tests/bpf/test_% %.bpf.c,$(wildcard tests/bpf/*.c)))
TEST_SCHEDULERS := $(patsubst %.bpf.c,$(O)/tests/%.bpf.o,\
	$(notdir $(wildcard tests/schedulers/*.bpf.c tests/bpf/*.bpf.c)))
TEST_CFLAGS := -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
TEST_LIBS := $(shell $(PKG_CONFIG) --libs cmocka 2>/dev/null) -lm

tests: $(UNIT_TESTS) $(BPF_TESTS) $(TEST_SCHEDULERS)

# The tool's own objects once more, with the sanitizers; a test links those it needs.
$(O)/tests/obj/%.o: xdpq/%.c $(SKELETONS) | $(O)/tests/obj
	$(call say,CC,$@)
	$(Q)$(CC) $(XDPQ_CFLAGS) $(TEST_CFLAGS) -MMD -c $< -o $@

$(O)/tests/libxdpq.a: $(patsubst xdpq/%.c,$(O)/tests/obj/%.o,$(wildcard xdpq/*.c)) $(O)/embedded.o
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/tests/%: tests/unit/%.c $(O)/tests/libxdpq.a | $(O)/tests
	$(call say,TEST,$@)
	$(Q)$(CC) $(XDPQ_CFLAGS) $(TEST_CFLAGS) $< $(O)/tests/libxdpq.a -o $@ $(TEST_LIBS) $(LDLIBS)

# What the tests in tests/bpf share: the harness, packets, models.
$(O)/tests/bed/%.o: tests/bpf/%.c $(SKELETONS) | $(O)/tests/bed
	$(call say,CC,$@)
	$(Q)$(CC) $(XDPQ_CFLAGS) $(TEST_CFLAGS) -Itests/bpf -MMD -c $< -o $@

$(O)/tests/libbed.a: $(BED_OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/tests/%: tests/bpf/%.c $(O)/tests/libbed.a | $(O)/tests
	$(call say,TEST,$@)
	$(Q)$(CC) $(XDPQ_CFLAGS) $(TEST_CFLAGS) -Itests/bpf -MMD -MF $@.d -MT $@ $< \
		$(O)/tests/libbed.a -o $@ $(TEST_LIBS) $(LDLIBS)

$(O)/tests/%.bpf.o: tests/schedulers/%.bpf.c | $(O)/tests
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MF $(@:.o=.d) -MT $@ -c $< -o $@

$(O)/tests/%.bpf.o: tests/bpf/%.bpf.c | $(O)/tests
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -Itests/bpf -MMD -MF $(@:.o=.d) -MT $@ -c $< -o $@

check-vm: all tests ## load and forward on other kernels, in virtual machines
	$(Q)O=$(abspath $(O)) tests/vm/check.sh

parity: deps ## compare with Linux's qdiscs, in a virtual machine
	$(Q)$(MAKE) --no-print-directory $(JOBS) all
	$(Q)O=$(abspath $(O)) tests/vm/parity.sh

bench: all ## measure; docs/figures.md explains
	$(Q)O=$(abspath $(O)) bench/run.sh

# Manual pages of schedulers come from the sources and from what the objects say of themselves.
man: $(PAGES)

$(O)/man/xdpq.8: man/xdpq.8 | $(O)/man
	$(Q)cp $< $@

$(O)/man/xdpq-%.8: bpf/schedulers/%.bpf.c man/scheduler.sh man/scheduler.awk $(O)/xdpq | $(O)/man
	$(call say,MAN,$@)
	$(Q)man/scheduler.sh $(O)/xdpq $< > $@

BASH_COMPLETIONS ?= $(PREFIX)/share/bash-completion/completions
HEADERS := $(wildcard bpf/include/xdpq/*.h)

install: all ## install to PREFIX (/usr/local), below DESTDIR
	install -D -m 755 $(O)/xdpq $(DESTDIR)$(PREFIX)/sbin/xdpq
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 $(PAGES)
	install -D -m 644 completions/xdpq $(DESTDIR)$(BASH_COMPLETIONS)/xdpq
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include/xdpq $(HEADERS)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/xdpq docs/xdpq.schema.json

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/sbin/xdpq $(DESTDIR)$(BASH_COMPLETIONS)/xdpq
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/share/man/man8/,$(notdir $(PAGES)))
	rm -rf $(DESTDIR)$(PREFIX)/include/xdpq $(DESTDIR)$(PREFIX)/share/xdpq

clean: ## remove what was built
	$(Q)rm -rf $(O)

-include $(wildcard $(O)/*.d $(O)/tests/*.d $(O)/tests/obj/*.d $(O)/tests/bed/*.d)
