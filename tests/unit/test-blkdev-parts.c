// SPDX-License-Identifier: GPL-2.0-or-later
/* Which disks have no partitions, by what /proc/partitions says. */
#include <sys/sysmacros.h>

#include "blkdev.h"
#include "unit.h"
#include "util.h"

static const char text[] =
	"major minor  #blocks  name\n"
	"\n"
	"   8        0  488386584 sda\n"
	"   8        1     524288 sda1\n"
	"   8       16  488386584 sdb\n"
	"  65        0  488386584 sdba\n"
	"  65        2     524288 sdba2\n"
	"   1        0      16384 ram0\n"
	"   1        1      16384 ram01\n"
	" 259        0      16384 nvme0n1\n"
	" 259        1      16384 nvme0n1p1\n"
	" 179        0      16384 mmcblk0\n"
	" 179        8      16384 mmcblk0boot0\n"
	"   7        0       1000 loop0\n"
	"   7 16 short\n"
	" 253       12      16384 dm-1p\n"
	" 253        3      16384 dm-3\n";

static bool among(const struct blk_disks *d, unsigned int ma, unsigned int mi)
{
	return blk_is_among(d, makedev(ma, mi));
}

static void check_disks(void)
{
	struct blk_disks d cleanup(blk_disks_free) = { 0 };

	blk_parse_undivided(text, &d);
	CHECK(!among(&d, 8, 0) && !among(&d, 65, 0) && !among(&d, 259, 0), "disks with partitions");
	CHECK(!among(&d, 8, 1) && !among(&d, 259, 1), "partitions are no disks");
	CHECK(among(&d, 8, 16), "sdba is no partition of sdb");
	CHECK(among(&d, 1, 0) && among(&d, 1, 1), "ram01 is no partition of ram0");
	CHECK(among(&d, 179, 0) && among(&d, 179, 8), "mmcblk0boot0 is no partition of mmcblk0");
	CHECK(among(&d, 7, 0) && among(&d, 253, 12) && among(&d, 253, 3), "the others");
	CHECK(!among(&d, 7, 16), "a line that is cut short");
	CHECK(d.n == 8, "no more than these");
}

static void check_nothing(void)
{
	struct blk_disks d cleanup(blk_disks_free) = { 0 };

	blk_parse_undivided("", &d);
	CHECK(!d.n && !among(&d, 0, 0), "no text");
	blk_parse_undivided("   8        0        1 sda", &d);
	CHECK(!d.n, "a line without an end");
}

int main(void)
{
	check_disks();
	check_nothing();
	return unit_done();
}
