"""GC logs of every collector: bytes in, one digest for each run of a JVM out; knows no H2O.

GcReader reads blocks of one stream and gives one digest a run; join_digests puts rotated sets and
safepoint files of their own together; figures makes the nouns of a report.
"""
