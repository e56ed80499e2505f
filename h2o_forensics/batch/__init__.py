"""Many runs: found, worked on in processes of their own, kept in a catalog."""
