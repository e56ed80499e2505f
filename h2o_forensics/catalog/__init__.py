"""The catalog: what a batch scan found out, kept on a disk or in an object store."""

from h2o_forensics.catalog.catalog import Catalog, open_catalog

__all__ = ["Catalog", "open_catalog"]
