# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds mdadm from every C file of this directory. One object directory a flavour:
#   build/obj (mdadm), build/static (mdadm.static), build/asan (mdadm.asan and the unit tests),
#   build/faults (whose steps fail)

ifeq ($(origin CC),default)
CC = gcc
endif
CFLAGS ?= -O2 -g
PREFIX ?= /usr
SBINDIR ?= /sbin
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/mdadm
UDEVDIR ?= /lib/udev/rules.d
SYSTEMDDIR ?= /lib/systemd/system
SHUTDOWNDIR ?= /lib/systemd/system-shutdown
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
MODPROBEDIR ?= /lib/modprobe.d
INITRAMFSDIR ?= $(PREFIX)/share/initramfs-tools
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/vendor-completions

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	-Wvla -Wformat=2
CPP_ALL = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I.
C_ALL = -std=gnu11 -pthread $(WARN) -ffunction-sections -fdata-sections
C_HARD = -D_FORTIFY_SOURCE=2 -fstack-protector-strong
# nothing is thrown, so what is installed needs no tables for that
C_LEAN = -fno-asynchronous-unwind-tables
# bound lazily: most of what a run could call it never calls, and boot runs us often
LD_ALL = -pthread -Wl,--as-needed -Wl,--gc-sections
LD_HARD = -pie -Wl,-z,relro -Wl,-z,lazy
SAN = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

SRC := $(wildcard *.c)
UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
OBJ := $(SRC:%.c=build/obj/%.o)
STATIC_OBJ := $(SRC:%.c=build/static/%.o)
ASAN_OBJ := $(SRC:%.c=build/asan/%.o)
FAULT_OBJ := $(SRC:%.c=build/faults/%.o)
UNIT_BIN := $(UNIT:%=build/unit/%)
# Fuzz targets: one file each, and what they share.
FUZZ := $(patsubst tests/fuzz/fuzz-%.c,%,$(wildcard tests/fuzz/fuzz-*.c))
FUZZ_SHARED := tests/fuzz/shared.c tests/fuzz/use.c
FUZZ_BIN := $(FUZZ:%=build/fuzz/bin/%)
REPLAY_BIN := $(FUZZ:%=build/replay/%)
FUZZ_SECONDS ?= 60
SCRIPTS := .ci/run initramfs/hook initramfs/local-block initramfs/local-bottom build/completion/mdadm $(filter-out %.c %.md,$(wildcard tests/setup tests/oracle tests/guest \
	tests/guest-init tests/check tests/demo tests/matrix tests/truth tests/boots tests/boot/init tests/boot/busybox-init tests/boot/disks tests/faults tests/rounds tests/sequences tests/verify-proof tests/lockless/run tests/clients/run tests/clients/guest tests/clients/asks.bash tests/bench/run tests/fuzz/run tests/fuzz/merge \
	tests/fuzz/coverage tests/fuzz/seeds tests/md/*.bash tests/*/*.bats))
LINT_FLAGS := $(CPP_ALL) -std=gnu11 $(WARN) -Werror -O2 -pthread -fsyntax-only

all: mdadm

mdadm: $(OBJ)
	$(CC) $(CFLAGS) $(LD_ALL) $(LD_HARD) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Every function and library in it, for an initramfs.  STATIC_CC=musl-gcc (musl-tools) makes it less than
# half as large; that looks nowhere else for headers, and those of the kernel are behind its own.
STATIC_CC ?= $(CC)
ifneq ($(findstring musl,$(STATIC_CC)),)
STATIC_CPP = $(patsubst %,-idirafter %,/usr/include /usr/include/$(shell $(CC) -print-multiarch))
endif
static: mdadm.static
mdadm.static: $(STATIC_OBJ)
	$(STATIC_CC) $(CFLAGS) $(LD_ALL) -static -no-pie $(LDFLAGS) -o $@ $^ $(LDLIBS)

asan: mdadm.asan
mdadm.asan: $(ASAN_OBJ)
	$(CC) $(SAN) $(LD_ALL) $(LDFLAGS) -o $@ $^ $(LDLIBS)

build/obj/%.o: %.c build/obj/flags
	$(CC) $(CPP_ALL) $(C_ALL) $(C_HARD) $(C_LEAN) $(CPPFLAGS) $(CFLAGS) -fPIE -MMD -MP -c -o $@ $<

build/static/%.o: %.c build/static/flags
	$(STATIC_CC) $(STATIC_CPP) $(CPP_ALL) $(C_ALL) $(C_HARD) $(C_LEAN) $(CPPFLAGS) $(CFLAGS) -fno-pie -MMD -MP -c -o $@ $<

build/asan/%.o: %.c build/asan/flags
	$(CC) $(CPP_ALL) $(C_ALL) $(SAN) $(CPPFLAGS) -MMD -MP -c -o $@ $<

# all but main; of these a unit test takes what it calls
build/asan/mdadm.a: $(filter-out build/asan/mdadm.o,$(ASAN_OBJ))
	rm -f $@
	$(AR) rcs $@ $^

build/unit/%: tests/unit/%.c build/asan/mdadm.a build/unit/flags
	$(CC) $(CPP_ALL) $(C_ALL) $(SAN) $(CPPFLAGS) -MMD -MP -MF $@.d -MT $@ -o $@ \
		$< build/asan/mdadm.a $(LD_ALL) $(LDLIBS)

# Fuzz targets: with libFuzzer (clang), and without a fuzzer for the corpora (any compiler).
FUZZ_CC = clang
FUZZ_SAN = $(subst address,fuzzer-no-link$(comma)address,$(SAN))
comma := ,
FUZZ_OBJ := $(SRC:%.c=build/fuzz/%.o) $(FUZZ_SHARED:tests/fuzz/%.c=build/fuzz/tests/%.o)

build/fuzz/%.o: %.c build/fuzz/flags
	$(FUZZ_CC) $(CPP_ALL) $(C_ALL) $(FUZZ_SAN) $(CPPFLAGS) -MMD -MP -c -o $@ $<

build/fuzz/tests/%.o: tests/fuzz/%.c build/fuzz/flags
	@mkdir -p $(@D)
	$(FUZZ_CC) $(CPP_ALL) $(C_ALL) $(FUZZ_SAN) $(CPPFLAGS) -MMD -MP -c -o $@ $<

build/fuzz/mdadm.a: $(filter-out build/fuzz/mdadm.o,$(FUZZ_OBJ))
	rm -f $@
	$(AR) rcs $@ $^

build/fuzz/bin/%: tests/fuzz/fuzz-%.c build/fuzz/mdadm.a
	@mkdir -p $(@D)
	$(FUZZ_CC) $(CPP_ALL) $(C_ALL) $(subst fuzzer-no-link,fuzzer,$(FUZZ_SAN)) $(CPPFLAGS) \
		-MMD -MP -MF $@.d -MT $@ -o $@ $< build/fuzz/mdadm.a $(LD_ALL) $(LDLIBS)

build/replay/%: tests/fuzz/fuzz-%.c tests/fuzz/replay.c $(FUZZ_SHARED) $(wildcard tests/fuzz/*.h) \
		build/asan/mdadm.a build/replay/flags
	$(CC) $(CPP_ALL) $(C_ALL) $(SAN) $(CPPFLAGS) -o $@ $< tests/fuzz/replay.c $(FUZZ_SHARED) \
		build/asan/mdadm.a $(LD_ALL) $(LDLIBS)

# Remembers compiler and flags, so that other ones build anew.
FLAGS_NOW = $(CC) $(STATIC_CC) $(FUZZ_CC) $(CPP_ALL) $(C_ALL) $(C_HARD) $(C_LEAN) $(SAN) $(CPPFLAGS) $(CFLAGS)
build/%/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' >$@

# The unit tests, each a program of its own; the verdicts are in the last lines.
unit: $(UNIT_BIN)
	@rc=0; for t in $(UNIT_BIN); do $$t && echo "ok - $$t" || { echo "not ok - $$t"; rc=1; }; \
	done; exit $$rc

unit-build: $(UNIT_BIN)

# FUZZ_SECONDS of each fuzz target (FUZZ_TARGETS: of some); inputs that fail go to tests/fuzz/findings
fuzz:
	tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ_TARGETS)

fuzz-build: $(FUZZ_BIN)

# every committed input once, as make check does it
fuzz-replay: $(REPLAY_BIN)
	@rc=0; for t in $(FUZZ); do build/replay/$$t tests/fuzz/corpus/$$t || rc=1; done; exit $$rc

fuzz-replay-build: $(REPLAY_BIN)

# lines of the program that the committed inputs reach
fuzz-coverage:
	tests/fuzz/coverage

# programs that tests use; they share no code with what they test
build/tools/%: tests/tools/%.c build/tools/flags
	$(CC) $(C_ALL) $(CPPFLAGS) $(CFLAGS) -o $@ $<

# the program whose steps can be made to fail; what it does not initialise is no address and no zero
faulty: build/faults/mdadm
build/faults/mdadm: $(FAULT_OBJ) build/faults/step-fault.o
	$(CC) $(CFLAGS) $(LD_ALL) $(LD_HARD) -Wl,--wrap=step_run $(LDFLAGS) -o $@ $^ $(LDLIBS)

build/faults/%.o: %.c build/faults/flags
	$(CC) $(CPP_ALL) $(C_ALL) -ftrivial-auto-var-init=pattern $(CPPFLAGS) $(CFLAGS) -fPIE -MMD -MP -c -o $@ $<

build/faults/step-fault.o: tests/step-fault.c plan-step.h build/faults/flags
	$(CC) $(CPP_ALL) $(C_ALL) $(CPPFLAGS) $(CFLAGS) -fPIE -c -o $@ $<

tools: $(patsubst tests/tools/%.c,build/tools/%,$(wildcard tests/tools/*.c))

check:
	tests/check

# half an hour of comparing with the reference program
matrix:
	tests/matrix

# what is done to members, level x state x action, compared with the reference program; TRUTH="raid1 raid5b" these levels
truth:
	tests/truth $(TRUTH)

# beside the packaged program and the kernel's own work; SCENARIO="detail stop-32" runs these only
bench:
	tests/bench/run $(SCENARIO)

build/bench/%: tests/bench/%.c build/bench/flags
	$(CC) $(C_ALL) -O2 -static -o $@ $(filter %.c,$^)

build/bench/limit: tests/bench/limit-read.c tests/bench/limit-arrays.c tests/bench/limit-manage.c tests/bench/limit.h

# root on an array, from three kinds of initramfs, with this program and the packaged one; half an hour
boots:
	tests/boots $(BOOTS)

# what is left when a command dies or fails at any point
faults:
	tests/faults

# 200 sequences a level of changes to members under load; SEQ="raid5 20 SEED" other ones
sequences:
	tests/sequences $(SEQ)

# programs that call mdadm, driven with this one and with the packaged one; CLIENT="jc udisks" runs these
clients:
	tests/clients/run $(CLIENT)

# 500 rounds of arrays that come and go in 8 processes while udev runs; ROUNDS="40 4 SEED" other ones
rounds:
	tests/rounds $(ROUNDS)

# 1,000 corruptions on RAID6 and RAID1, RAID10 of three copies: is each found? VERIFY="COUNT SEED": other ones
verify-proof:
	tests/verify-proof $(VERIFY)

# arrays with lockless bitmaps, on a kernel compiled for it, as none of Debian's has them
lockless:
	tests/lockless/run

demo:
	tests/demo

# What shells complete: options.def as a table, in what each shell does with it.
BUILD_CC ?= $(CC)
completion: build/completion/mdadm build/completion/_mdadm
build/completion/table: completion/table.c options.def options.h options-row.h build/completion/flags
	$(BUILD_CC) $(CPP_ALL) $(C_ALL) -O1 -o $@ $<

build/completion/rows: build/completion/table
	build/completion/table >$@

build/completion/mdadm: completion/mdadm.bash.in
build/completion/_mdadm: completion/_mdadm.in
build/completion/mdadm build/completion/_mdadm: completion/values build/completion/rows
	sed -e '/^@ROWS@$$/{r build/completion/rows' -e 'd;}' \
		-e '/^@VALUES@$$/{r completion/values' -e 'd;}' $(filter %.in,$^) >$@

# Puts $(1) with the mode $(3) at $(2), with the place of the program in place of /sbin.
put = sed 's|/sbin/mdadm|$(SBINDIR)/mdadm|g' $(1) >build/$@.tmp && \
	install -D -m $(3) build/$@.tmp $(DESTDIR)$(2)
install: install-program install-man install-udev install-systemd install-initramfs install-completion

install-program: mdadm
	install -D -m 0755 mdadm $(DESTDIR)$(SBINDIR)/mdadm
	install -D -m 0644 mdadm-report.schema.json $(DESTDIR)$(DATADIR)/mdadm-report.schema.json

install-man:
	for f in $(wildcard *.[58]); do \
		install -D -m 0644 $$f $(DESTDIR)$(MANDIR)/man$${f##*.}/$$f || exit 1; done

install-udev:
	@mkdir -p build
	for f in udev/*.rules; do $(call put,$$f,$(UDEVDIR)/$${f##*/},0644) || exit 1; done

# systemd runs what is in its directory for the shutdown: mdadm knows itself by that name
install-systemd:
	@mkdir -p build
	for f in systemd/*.service systemd/*.timer; do \
		$(call put,$$f,$(SYSTEMDDIR)/$${f##*/},0644) || exit 1; done
	install -d $(DESTDIR)$(SHUTDOWNDIR)
	ln -sfn $(SBINDIR)/mdadm $(DESTDIR)$(SHUTDOWNDIR)/mdadm.shutdown
	install -D -m 0644 systemd/mdadm.tmpfiles $(DESTDIR)$(TMPFILESDIR)/mdadm.conf
	install -D -m 0644 systemd/mdadm.modprobe $(DESTDIR)$(MODPROBEDIR)/mdadm.conf

install-initramfs:
	@mkdir -p build
	$(call put,initramfs/hook,$(INITRAMFSDIR)/hooks/mdadm,0755)
	$(call put,initramfs/local-block,$(INITRAMFSDIR)/scripts/local-block/mdadm,0755)
	$(call put,initramfs/local-bottom,$(INITRAMFSDIR)/scripts/local-bottom/mdadm,0755)

install-completion: completion
	install -D -m 0644 build/completion/mdadm $(DESTDIR)$(BASHDIR)/mdadm
	install -D -m 0644 build/completion/_mdadm $(DESTDIR)$(ZSHDIR)/_mdadm

# Everything that can look at the source without running it; what is not installed is named.
lint: lint-cc lint-cppcheck lint-tidy lint-shell
lint-cc:
	gcc $(LINT_FLAGS) $(SRC)
	@command -v clang >/dev/null || { echo "lint: no clang"; exit 0; }; \
	echo clang $(LINT_FLAGS) $(SRC); clang $(LINT_FLAGS) $(SRC)
	@! grep -nw strerror $(filter-out err.c,$(SRC)) || { echo "lint: error_text() instead (err.h)"; exit 1; }
lint-cppcheck:
	@command -v cppcheck >/dev/null || { echo "lint: no cppcheck"; exit 0; }; \
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -I. -D_GNU_SOURCE \
		--enable=warning,performance,portability --suppress=missingIncludeSystem $(SRC)
lint-tidy:
	@command -v clang-tidy >/dev/null || { echo "lint: no clang-tidy"; exit 0; }; \
	clang-tidy --quiet --warnings-as-errors='*' \
		--checks='-*,bugprone-*,clang-analyzer-*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-clang-analyzer-security.insecureAPI.strcpy,-clang-analyzer-valist.Uninitialized,-bugprone-assignment-in-if-condition,-bugprone-implicit-widening-of-multiplication-result,-bugprone-sizeof-expression,-bugprone-branch-clone' \
		$(SRC) -- $(CPP_ALL) -std=gnu11
lint-shell: build/completion/mdadm
	@command -v shellcheck >/dev/null || { echo "lint: no shellcheck"; exit 0; }; \
	shellcheck $(SCRIPTS)

clean:
	rm -rf build/completion build/install-*.tmp build/obj build/static build/asan build/unit build/fuzz build/replay build/cover build/tools build/bench build/faults
	rm -f mdadm mdadm.static mdadm.asan

# what the network gave us goes, too
distclean: clean
	rm -rf build

FORCE:
.PHONY: all static asan unit unit-build fuzz fuzz-build fuzz-replay fuzz-replay-build \
	fuzz-coverage tools faulty check matrix truth boots faults clients rounds sequences bench verify-proof lockless demo install install-program \
	install-man install-udev install-systemd install-initramfs install-completion completion lint lint-cc lint-cppcheck lint-tidy \
	lint-shell clean distclean FORCE
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules

-include $(OBJ:.o=.d) $(STATIC_OBJ:.o=.d) $(ASAN_OBJ:.o=.d) $(UNIT_BIN:%=%.d) $(FAULT_OBJ:.o=.d) \
	$(FUZZ_OBJ:.o=.d) $(FUZZ_BIN:%=%.d)
