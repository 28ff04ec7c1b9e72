# The function's program, static; for GNU make, which Makefile.am calls with
#
#	SRC	the top of the sources		BUILD	the top of the build
#	DEPS	what deps.sh made		HOST	a triplet, or nothing
#	LIB	the sources of libsv, in lib/	PROG	those of bootstrap, in
#	LIBS	more libraries				tools/
#
# It works in the current directory, and leaves there: bootstrap.

CROSS = $(if $(HOST),$(HOST)-)
CC := $(CROSS)gcc
CXX := $(CROSS)g++
AR := $(CROSS)ar
READELF := $(CROSS)readelf
OPT = -O3 -g0 -fno-asynchronous-unwind-tables

# As configure.ac and lib/Makefile.am have them; floating point above all.
ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L $(OPT) -ffp-contract=off \
	-ffunction-sections -fdata-sections -fno-ident \
	-I$(BUILD) -I$(SRC)/lib -I$(DEPS)/include

lib_objects = $(patsubst %.c,lib/%.o,$(filter %.c,$(LIB)))
prog_objects = $(patsubst %.c,tools/%.o,$(filter %.c,$(PROG)))

# Linked each time: DEPS and LIBS may be others.
.PHONY: bootstrap
bootstrap: $(prog_objects) libsv.a $(DEPS)/stamp
	@# The linker warns of what looks names up. Since 2.34 the part of glibc
	@# that reads /etc/hosts and asks the DNS is in libc.a; users and groups
	@# are looked up for Unix sockets only. So that advice is left out, and
	@# nothing else of what it says.
	@echo "  CXXLD    $@"
	@$(CXX) -static -O2 -s -Wl,--gc-sections -Wl,--build-id=none \
	    -Wl,-Map=$@.map -o $@.tmp \
	    $(prog_objects) libsv.a -L$(DEPS)/lib -lcurl -lzmq -lsodium \
	    -ljansson -lxxhash -lzstd $(LIBS) -lm -lpthread >$@.log 2>&1; s=$$?; \
	    grep -vE 'statically linked applications|in function `' $@.log >&2; \
	    exit $$s
	@! $(READELF) -lW $@.tmp | grep -E 'INTERP|DYNAMIC' || \
	    { echo "$@ is not static" >&2; exit 1; }
	@awk -f $(SRC)/lambda-layer/sizes.awk $@.map >$@.sizes
	@mv $@.tmp $@

libsv.a: $(lib_objects)
	@rm -f $@
	@$(AR) cr $@ $(lib_objects)

define compile
@echo "  CC       $@"
@mkdir -p $(@D)
@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
endef

$(lib_objects): lib/%.o: $(SRC)/lib/%.c $(BUILD)/config.h
	$(compile)
$(prog_objects): tools/%.o: $(SRC)/tools/%.c $(BUILD)/config.h
	$(compile)

# None of make's own rules.
MAKEFLAGS += -r
.SUFFIXES:
-include $(lib_objects:.o=.d) $(prog_objects:.o=.d)
