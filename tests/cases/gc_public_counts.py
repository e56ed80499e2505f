"""Counts that the tests of GCToolkit and GCViewer assert for their own logs, and where ours differ.

Neither the logs nor their texts are in this repository: see test_gc_public_data.py.
"""

from typing import NamedTuple


class Counts(NamedTuple):
    """Pauses by kind; None: their tests do not say."""

    young: int | None = None
    full: int | None = None
    initial_mark: int | None = None
    remark: int | None = None
    cleanup: int | None = None
    pauses: int | None = None
    """All kinds."""
    other: int | None = None
    """All kinds but full ones."""
    safepoints: int | None = None


def generational(*n: int) -> Counts:
    """Read a row of GCToolkit's tests: see ParserTest.collectorNameMapping.

    0 without details, 1 DefNew, 2 ParNew, 3 ParNew that failed, 5 and 6 concurrent mode failure and
    interruption, 7 PSYoungGen, 8 full, 10 System.gc(), 11 initial mark, 12 remark.
    """
    return Counts(
        young=n[0] + n[1] + n[2] + n[3] + n[7],
        full=n[5] + n[6] + n[8] + n[10],
        initial_mark=n[11],
        remark=n[12],
    )


def regional(*n: int) -> Counts:
    """Read a row of G1.

    0 young, 1 mixed, 2 and 3 with initial mark, 4 and 10 full, 7 remark, 9 cleanup.
    """
    return Counts(young=sum(n[:4]), full=n[4] + n[10], remark=n[7], cleanup=n[9])


CMS = "preunified/cms/"
DETAILS = CMS + "parnew/details/"
TENURING = DETAILS + "tenuring/"
ICMS = "preunified/icms/details/"
PS = "preunified/ps/details/"
G1 = "preunified/g1gc/details/"

TOOLKIT = {
    CMS + "530_gc.log": generational(30, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 4, 3),
    CMS + "713_gc.log": generational(79, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 24, 24),
    DETAILS + "1073_1.log": generational(0, 0, 3668, 20, 0, 96, 0, 0, 22, 0, 0, 156, 68),
    DETAILS + "apptio_gc.log": generational(0, 0, 2090, 1, 0, 8, 0, 0, 0, 0, 0, 71, 70),
    DETAILS + "gc.2011-09-19.141115.log": generational(0, 0, 2762, 0, 0, 0, 0, 0, 3, 0, 0, 50, 49),
    DETAILS + "GCLog_CMSCollection.log": generational(0, 0, 713, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1),
    DETAILS + "lead_up_to_problem_gc_www1_2013_10_19.log": generational(
        0, 0, 2160, 0, 0, 0, 0, 0, 0, 0, 1, 228, 228
    ),
    DETAILS + "LS_gc.log.20121116_193624": generational(0, 0, 1969, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1),
    DETAILS + "TC_oy579c2n5.gc.out": generational(0, 0, 20958, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4),
    DETAILS + "tidied_gc_www1_2013_10_19.log": generational(
        0, 0, 22821, 0, 0, 0, 0, 0, 0, 0, 1, 106, 105
    ),
    DETAILS + "gccause/170/1.7.0_cms_mixed.log": generational(
        0, 0, 603, 0, 0, 0, 0, 0, 0, 0, 0, 13, 13
    ),
    DETAILS + "gccause/170/1.7.0_cms.log": generational(0, 0, 603, 0, 0, 0, 0, 0, 0, 0, 0, 13, 13),
    TENURING + "9f1dfc0c-4dab-4e41-892c-7f4c01c91e70-1396054737854.log": generational(
        0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    ),
    TENURING + "239_1280857178635par.cms.wd.wt.log": generational(
        0, 0, 3370, 4, 0, 5, 0, 0, 0, 0, 3, 16, 12
    ),
    TENURING + "860_gc.log": generational(0, 0, 4592, 0, 0, 5, 0, 0, 0, 0, 3, 45, 43),
    TENURING + "863_gc.log": generational(0, 0, 47, 1, 0, 22, 17, 0, 19, 0, 2, 210, 172),
    TENURING + "929_def.cms.wd.wt.log": generational(0, 0, 3369, 6, 0, 6, 0, 0, 0, 0, 3, 17, 11),
    TENURING + "BF653AA1-F897-4279-9570-2E4837D311E8-1405428823225.log.gz": generational(
        0, 0, 5305, 0, 0, 0, 0, 0, 0, 0, 0, 918, 917
    ),
    TENURING + "cms-gc-06102014.log.zip": generational(
        0, 0, 1468, 0, 0, 1, 0, 0, 0, 0, 0, 1402, 1402
    ),
    TENURING + "gc.log": generational(0, 0, 4046, 0, 0, 0, 0, 0, 0, 0, 0, 15, 15),
    TENURING + "par.cms.wd.wt.log": generational(0, 0, 3370, 4, 0, 5, 0, 0, 0, 0, 3, 16, 12),
    TENURING + "par.cms.wd.wt.nopp.log": generational(0, 0, 1333, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1),
    TENURING + "par.cms.wd.wt.webapp.log": generational(0, 0, 508, 0, 0, 0, 1, 0, 0, 0, 1395, 5, 4),
    TENURING + "tlab/tlab_broken_gc_locker.log": generational(
        0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1
    ),
    CMS + "defnew/details/defnew.log": generational(0, 19114, 0, 0, 0, 0, 0, 0, 0, 0, 0, 26, 26),
    ICMS + "ossm-gc.2012-02-01.142455.log": generational(
        0, 0, 12359, 41, 0, 41, 0, 0, 0, 0, 0, 179, 166
    ),
    ICMS + "par.icms.wd.nt.ast.2.log": generational(0, 0, 2564, 0, 0, 0, 0, 0, 0, 0, 0, 13, 13),
    ICMS + "par.icms.wd.nt.ast.log": generational(0, 0, 2564, 0, 0, 0, 0, 0, 0, 0, 0, 11, 11),
    ICMS + "par.icms.wd.nt.log": generational(0, 0, 1374, 0, 0, 0, 1, 0, 0, 0, 0, 3, 2),
    ICMS + "tenuring/gc-master.log": generational(0, 0, 67, 0, 0, 1, 0, 0, 1, 0, 0, 25, 24),
    PS + "tenuring/gccause/170/ps.cause.tenuring.details.v17051.log": generational(
        0, 0, 0, 0, 0, 0, 0, 90, 4, 0, 0, 0, 0
    ),
    PS + "tenuring/gccause/170/ps.dates.cause.tenuring.details.v17051.log": generational(
        0, 0, 0, 0, 0, 0, 0, 95, 3, 0, 0, 0, 0
    ),
    PS + "long_pause.log": generational(0, 0, 0, 0, 0, 0, 0, 21, 1, 0, 0, 0, 0),
    G1 + "solaris/rightmove_parse_errors.log": regional(945, 54, 57, 0, 4, 57, 0, 57, 57, 57, 0),
    G1 + "170_51mastermind.log": regional(480, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    G1 + "g1.details.cause.log": regional(130, 2, 33, 0, 19, 33, 0, 17, 5, 17, 3),
    G1 + "tenuring/server1-gc.log": regional(794, 413, 157, 0, 0, 157, 0, 157, 157, 157, 0),
    G1 + "tenuring/server3-gc.log": regional(16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    G1 + "tenuring/180/neo4j-gc.log.20140625": regional(1432, 9, 4, 0, 3, 4, 0, 4, 4, 4, 0),
    G1 + "tenuring/170_45/g1_details_tenuring_cause.log": regional(
        544, 100, 52, 0, 0, 52, 0, 52, 36, 52, 0
    ),
    G1 + "reference/post17040/170_51_mastermind.log": regional(468, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    G1 + "reference/post17040/gc_with_overflow.log": regional(
        158, 0, 40, 0, 401, 40, 0, 3, 0, 3, 0
    ),
    "unified/g1gc/jvm-gc-10Nov2022.log": regional(4, 0, 2, 0, 0, 2, 0, 2, 2, 2, 0),
    "unified/g1gc/jdk11_details.log.zip": regional(9969, 40, 194, 0, 42, 198, 0, 156, 152, 152, 0),
    "unified/parallel/parallelgc.log": generational(0, 0, 0, 0, 0, 0, 0, 4638, 28, 0, 0, 0, 0),
    "unified/serial/factorization-serialgc-tip.log": generational(
        0, 13, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0
    ),
}
"""End of a path -> what GCToolkit's parser tests assert (src/test of its parser module)."""

UJL = "unified-jvm-logging/"
VIEWER = {
    UJL + "sample-ujl-cms-gc-defaults.txt": Counts(other=5, full=1),
    UJL + "sample-ujl-cms-gc-all,safepoint,os+cpu.txt": Counts(safepoints=11),
    UJL + "sample-ujl-g1-gc-defaults.txt": Counts(other=12, full=1),
    UJL + "sample-ujl-g1-gc-all,safepoint,os+cpu.txt": Counts(other=13, full=0, safepoints=14),
    UJL + "sample-ujl-parallel-gc-defaults.txt": Counts(other=5, full=6),
    UJL + "sample-ujl-parallel-gc-all,safepoint,os+cpu.txt": Counts(other=4, full=4),
    UJL + "sample-ujl-serial-gc-defaults.txt": Counts(other=8, full=3),
    UJL + "sample-ujl-serial-gc-all,safepoint,os+cpu.txt": Counts(other=3, full=1, safepoints=4),
    UJL + "SampleShenandoahAllocationFailure.txt": Counts(other=0, full=1),
    UJL + "SampleShenandoahPassiveHeuristics.txt": Counts(full=0, safepoints=3),
    UJL + "SampleShenandoahSingleSystemGC.txt": Counts(other=0, full=1, safepoints=1),
    UJL + "Sample-ujl-shenandoah-jdk11.txt": Counts(other=4, full=0),
    UJL + "Sample-ujl-shenandoah-jdk17.txt": Counts(other=4, full=0),
    UJL + "sample-ujl-zgc-gc-other.txt": Counts(other=15, full=0),
    "SampleSun1_6_0G1InitialMarkMixed.txt": Counts(young=1),
    "SampleSun1_6_0G1FullGcTenuringDistribution.txt": Counts(pauses=1, full=1),
    "SampleSun1_7_0ParallelAdaptiveSizeReference.txt": Counts(pauses=1),
    "SampleSun1_7_0CMSTenuringDistributionInitiationStatistics.txt": Counts(pauses=1),
    "SampleSun1_7_0Parallel_Tenuring_PrintGCCause.txt": Counts(pauses=1, safepoints=1),
    "SampleSun1_7_0_51_CMS_PrintApplStoppedTime.txt": Counts(safepoints=2),
    "SampleSun1_7_0_51_CMS_PrintApplStoppedTime_TenuringDist.txt": Counts(safepoints=4),
    "SampleSun1_7_0G1PrintReferencePolicy.txt": Counts(pauses=1),
    "SampleSun1_7_0G1_DetailsWoTimestamp.txt": Counts(pauses=1),
    "SampleSun1_7_0G1_PauseWithComma.txt": Counts(pauses=1),
    "SampleSun1_8_0ParallelPrintHeapAtGC.txt": Counts(pauses=1),
    "SampleSun1_8_0Parallel_Tenuring_PrintGCCause.txt": Counts(pauses=5),
    "SampleSun1_8_0Parallel_Apple.txt": Counts(pauses=6),
    "SampleOpenJdk1_8_0ShenandoahDetailsShutdown.txt": Counts(pauses=0),
    "SampleSun1_8_0ParallelPrintGCID.txt": Counts(pauses=5),
    "SampleSun1_8_0G1HumongousMixed.txt": Counts(pauses=1),
    "SampleSun1_8_0G1extended-remark.txt": Counts(pauses=1, remark=1),
    "SampleSun1_8_0G1SystemGcYoung.txt": Counts(pauses=1, young=1),
    "SampleSun1_8_0G1YoungMetadataGcThreshold.txt": Counts(pauses=1, young=1),
    "SampleSun1_8_0G1StringDeduplication.txt": Counts(pauses=1),
}
"""End of a path -> what GCViewer's TestDataReader* classes assert."""

NESTED = (
    "a ParNew that ends as a full collection is one pause, a full one; GCToolkit counts both: "
    "`[ParNew` stands in the file as often as young ones and full ones of a `[GC [CMS` are ours"
)
DIFFERENCES = {
    CMS + "530_gc.log": (
        Counts(young=30, full=1, pauses=38, initial_mark=0, remark=0),
        "without details an initial mark and a remark look alike: 7 of kind other, not 4 and 3",
    ),
    CMS + "713_gc.log": (
        Counts(young=79, full=5, pauses=132, initial_mark=0, remark=0),
        "without details an initial mark and a remark look alike: 48 of kind other, not 24 and 24",
    ),
    DETAILS + "1073_1.log": (
        Counts(young=3645, full=118, initial_mark=156, remark=68),
        f"{NESTED}; they miss 6 of 3694 ParNew",
    ),
    DETAILS + "apptio_gc.log": (Counts(young=2087, full=8, initial_mark=71, remark=70), NESTED),
    TENURING + "239_1280857178635par.cms.wd.wt.log": (
        Counts(young=3370, full=8, initial_mark=16, remark=12),
        NESTED,
    ),
    TENURING + "par.cms.wd.wt.log": (
        Counts(young=3370, full=8, initial_mark=16, remark=12),
        NESTED,
    ),
    TENURING + "863_gc.log": (
        Counts(young=30, full=60, initial_mark=210, remark=172),
        f"{NESTED}; they miss 1 of 49 ParNew",
    ),
    TENURING + "929_def.cms.wd.wt.log": (
        Counts(young=3369, full=9, initial_mark=17, remark=11),
        NESTED,
    ),
    TENURING + "BF653AA1-F897-4279-9570-2E4837D311E8-1405428823225.log.gz": (
        Counts(young=5307, full=0, initial_mark=918, remark=917),
        "`[ParNew` stands there 5307 times; their test says that statements are missed",
    ),
    G1 + "reference/post17040/gc_with_overflow.log": (
        Counts(young=198, full=402, remark=3, cleanup=3),
        "`[Full GC` stands there 402 times; their test names the one that they miss",
    ),
    ICMS + "ossm-gc.2012-02-01.142455.log": (
        Counts(young=12386, full=41, initial_mark=179, remark=166),
        NESTED,
    ),
    ICMS + "tenuring/gc-master.log": (
        Counts(young=65, full=2, initial_mark=25, remark=24),
        NESTED,
    ),
    UJL + "sample-ujl-g1-gc-defaults.txt": (
        Counts(other=9, full=1),
        "GCViewer counts the three lines `To-space exhausted` as collections of their own",
    ),
    UJL + "sample-ujl-zgc-gc-other.txt": (
        Counts(other=3, full=0),
        "GCViewer counts rows of tables, stalls and memory as collections; the file has 3 pauses",
    ),
}
"""End of a path -> our counts where they differ, and why."""
