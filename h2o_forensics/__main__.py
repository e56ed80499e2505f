"""`python -m h2o_forensics` is `h2o-forensics`."""

from h2o_forensics.cli import main

if __name__ == "__main__":
    main()
