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

LIBS := libbpf libmnl jansson
CFLAGS ?= -O2 -g
XDPQ_CFLAGS := -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE -DXDPQ_VERSION='"$(VERSION)"' \
	-I. -Ibpf/include -I$(O) $(shell $(PKG_CONFIG) --cflags $(LIBS) 2>/dev/null)
LDLIBS := $(shell $(PKG_CONFIG) --libs $(LIBS) 2>/dev/null)
BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-parameter \
	-D__TARGET_ARCH_$(ARCH) -Ibpf/include $(if $(MULTIARCH),-I/usr/include/$(MULTIARCH))

SCHEDULERS := $(patsubst bpf/schedulers/%.bpf.c,%,$(sort $(wildcard bpf/schedulers/*.bpf.c)))
SKELETONS := $(patsubst %,$(O)/%.skel.h,ingress witness $(SCHEDULERS))
OBJECTS := $(patsubst xdpq/%.c,$(O)/%.o,$(wildcard xdpq/*.c)) $(O)/embedded.o
PAGES := $(O)/man/xdpq.8 $(SCHEDULERS:%=$(O)/man/xdpq-%.8)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all demo check check-vm bench install uninstall clean help deps man

all: $(O)/xdpq ## build the tool and its manual pages

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20
	@echo "  O=DIR builds elsewhere, V=1 shows the commands; PREFIX= and DESTDIR= for install"

deps: # installs what is missing, or says what to install
	$(Q)./deps.sh

demo: deps ## show what xdpq does, on real traffic (root)
	$(Q)$(MAKE) --no-print-directory all
	$(Q)XDPQ=$(abspath $(O))/xdpq tests/demo.sh

check: deps ## run all tests (root)
	$(Q)$(MAKE) --no-print-directory all tests
	$(Q)O=$(abspath $(O)) tests/run.sh

$(O) $(O)/man $(O)/tests:
	$(Q)mkdir -p $@

$(O)/%.bpf.o: bpf/%.bpf.c | $(O)
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MF $(@:.o=.d) -MT $@ -c $< -o $@

$(O)/%.bpf.o: bpf/schedulers/%.bpf.c | $(O)
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MF $(@:.o=.d) -MT $@ -c $< -o $@

$(O)/%.skel.h: $(O)/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@ 2>$(@:.h=.log) || (cat $(@:.h=.log) >&2; false)

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

clean: ## remove what was built
	$(Q)rm -rf $(O)

-include $(wildcard $(O)/*.d)
