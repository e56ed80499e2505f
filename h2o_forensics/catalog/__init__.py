"""The catalog: what a batch scan found out, kept on a disk or in an object store."""
