"""What training leaves behind: models, grids, AutoML runs, frames; and the tests on the numbers."""
