"""Why a collection ran, as HotSpot names it (gcCause.cpp)."""

ASKED = frozenset(
    {
        "System.gc()",
        "System",  # JDK 6 and 7
        "Heap Inspection Initiated GC",
        "Heap Dump Initiated GC",
        "Diagnostic Command",
        "JvmtiEnv ForceGarbageCollection",
        "WhiteBox Initiated Young GC",
        "WhiteBox Initiated Full GC",
        "WhiteBox Initiated Concurrent Mark",
        "WhiteBox Initiated Run to Breakpoint",
    }
)
HUMONGOUS = "G1 Humongous Allocation"
FOR_METADATA = frozenset(
    {
        "Metadata GC Threshold",
        "Metadata GC Clear Soft References",
        "Last ditch collection",  # what is tried before OutOfMemoryError: Metaspace (or PermGen)
        "Permanent Generation Full",  # JDK 6 and 7
        "PermGen",
    }
)


def asked(cause: str | None) -> bool:
    """Somebody asked for it; the heap did not need it."""
    return cause in ASKED


def for_metadata(cause: str | None) -> bool:
    """Room for classes was the reason (`Metadata GC Threshold` and the like), not for objects."""
    return cause in FOR_METADATA
