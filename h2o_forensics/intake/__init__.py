"""Opens what was given, safely: directories, files, zip in zip, gzip; nothing lands on disk."""

from h2o_forensics.intake.open import bundle_of_texts, open_bundle

__all__ = ["bundle_of_texts", "open_bundle"]
